/** What in-browser/draw.ts measures, in milliseconds: the model of the API's answer, and both charts drawn and zoomed. */
export type DrawTimes = Readonly<Record<'model' | 'draw' | 'bareDraw' | 'zoom' | 'bareZoom', readonly number[]>>;
