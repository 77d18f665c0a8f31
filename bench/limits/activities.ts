/** The end of a bare run, told to the bench, as PostgreSQL tells it of an order's. */
export type BareRunDone = { type: 'done'; reservationId: string };

/** Two activities without work. */
export const bareActivities = {
  first: async (): Promise<void> => {},
  second: async (reservationId: string): Promise<void> => {
    const done: BareRunDone = { type: 'done', reservationId };
    process.send?.(done);
  },
};
