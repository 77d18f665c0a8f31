/** The languages in which tickets are printed, by their tags of BCP 47. */
export const languages = ['en', 'zh-Hant'] as const;
export type Language = (typeof languages)[number];
