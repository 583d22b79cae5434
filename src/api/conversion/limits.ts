/** Limits of the conversion door. */
export interface ConversionLimits {
  readonly bodyBytesMax: number;
  /** How deep objects or elements may be nested; the form is one deep. */
  readonly depthMax: number;
  /** Values, elements or attributes that one report may have; the form has seven. */
  readonly fieldsMax: number;
  /** Characters of a value. */
  readonly fieldCharactersMax: number;
  /** Conversions that are looked for at a time; beyond it: 503. */
  readonly underWayMax: number;
}

export const defaultConversionLimits: ConversionLimits = {
  bodyBytesMax: 16 * 1024,
  depthMax: 8,
  fieldsMax: 100,
  fieldCharactersMax: 100,
  underWayMax: 200,
};
