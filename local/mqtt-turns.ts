/** The order in which the messages of one connection are answered. Not by promises, one a message: each is alive till its turn. */

/** Undefined: accepted. */
export type Refusal = Error | undefined;

/** Takes a place; what it returns is called once, when it is known what became of the message. */
export type Turns = (answer: (refusal: Refusal) => void) => (refusal: Refusal) => void;

type Turn = { readonly answer: (refusal: Refusal) => void; isKnown: boolean; refusal: Refusal };

/** [MQTT-4.6.0-2]: in the order of the PUBLISHes, whichever was accepted first. Behind one that was refused all are. */
export function inOrder(): Turns {
  const turns: Turn[] = [];
  let refused: Refusal;

  function answerKnown(): void {
    for (let first = turns[0]; first?.isKnown === true; first = turns[0]) {
      turns.shift();
      refused ??= first.refusal;
      first.answer(refused);
    }
  }

  return (answer) => {
    const turn: Turn = { answer, isKnown: false, refusal: undefined };
    turns.push(turn);
    return (refusal) => {
      turn.isKnown = true;
      turn.refusal = refusal;
      answerKnown();
    };
  };
}
