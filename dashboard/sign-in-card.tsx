/** Stands in place of all readings while nobody is signed in. */

type Props = {
  /** How it came to that, if there is more to say. */
  readonly why: string | undefined;
  readonly onSignIn: () => void;
};

export function SignInCard({ why, onSignIn }: Props) {
  return (
    <section class="sign-in panel" aria-labelledby="sign-in" data-state="signed-out">
      <h2 id="sign-in">Sign in to see the batteries</h2>
      {why !== undefined && <p class="why">{why}</p>}
      <button type="button" class="primary" onClick={onSignIn}>
        Sign in
      </button>
      <p class="note">
        No account yet? Whoever looks after this Amphora makes one: <code>./amphora user add MAIL</code>
      </p>
    </section>
  );
}
