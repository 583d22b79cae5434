/**
 * Why bytes are not a PDU we accept. A recoverable fault is answered negatively with the same
 * sequence_number and the session goes on; a fatal one means that the framing is lost: answer
 * generic_nack and close (SMPP 3.4 §4.3.1).
 */
export class PduFault extends Error {
  readonly kind: 'recoverable' | 'fatal';
  /** What to answer with. */
  readonly command_status: number;
  /** As received; 0 where the header could not be read. */
  readonly command_id: number;
  /** As received; 0 where the header could not be read, as §4.3.1 asks of generic_nack. */
  readonly sequence_number: number;

  constructor(
    kind: 'recoverable' | 'fatal',
    command_status: number,
    command_id: number,
    sequence_number: number,
    message: string,
  ) {
    super(message);
    this.name = 'PduFault';
    this.kind = kind;
    this.command_status = command_status;
    this.command_id = command_id;
    this.sequence_number = sequence_number;
  }
}
