/** What the kernel knows of a TCP connection: fields of `struct tcp_info` (`include/uapi/linux/tcp.h`). Absent where the kernel is too old. */
export interface TcpInfo {
  /** Times that the oldest segment was sent again, since it was last answered. */
  readonly retransmits: number;
  /** Microseconds until a segment is sent again. */
  readonly rto: number;
  /** Bytes of a segment that is sent, and of one that is received. */
  readonly sendMss: number;
  readonly receiveMss: number;
  /** Segments sent and not yet acknowledged. */
  readonly unacked: number;
  /** Segments that are held for lost. */
  readonly lost: number;
  /** Milliseconds since data was last sent, and received. */
  readonly lastDataSent: number;
  readonly lastDataReceived: number;
  readonly pathMtu: number;
  /** Smoothed round trip time and its variation, in microseconds. */
  readonly rtt: number;
  readonly rttVariation: number;
  /** Congestion window, in segments. */
  readonly congestionWindow: number;
  readonly advertisedMss: number;
  /** Segments sent again, since the connection began. */
  readonly totalRetransmits: number;
  /** Bytes that the peer acknowledged, and bytes that came from it (Linux 4.1). */
  readonly bytesAcked?: bigint;
  readonly bytesReceived?: bigint;
  /** Segments (Linux 4.2). */
  readonly segmentsSent?: number;
  readonly segmentsReceived?: number;
  /** Bytes waiting to be sent for the first time (Linux 4.6). */
  readonly notSentBytes?: number;
  /** The least round trip time, in microseconds (Linux 4.6). */
  readonly minRtt?: number;
  /** Bytes per second (Linux 4.9). */
  readonly deliveryRate?: bigint;
  /** Bytes sent, also those sent again, and these alone (Linux 4.19). */
  readonly bytesSent?: bigint;
  readonly bytesRetransmitted?: bigint;
}

/** What every kernel has that knows sock_diag(7). */
const BASIC_BYTES = 104;

/** Decodes the struct, however much of it this kernel has; undefined for less than any kernel gives. What is beyond is left unread. */
export function decodeTcpInfo(bytes: Buffer): TcpInfo | undefined {
  const { length } = bytes;
  if (length < BASIC_BYTES) return undefined;
  const info: { -readonly [Key in keyof TcpInfo]: TcpInfo[Key] } = {
    retransmits: bytes.readUInt8(2),
    rto: bytes.readUInt32LE(8),
    sendMss: bytes.readUInt32LE(16),
    receiveMss: bytes.readUInt32LE(20),
    unacked: bytes.readUInt32LE(24),
    lost: bytes.readUInt32LE(32),
    lastDataSent: bytes.readUInt32LE(44),
    lastDataReceived: bytes.readUInt32LE(52),
    pathMtu: bytes.readUInt32LE(60),
    rtt: bytes.readUInt32LE(68),
    rttVariation: bytes.readUInt32LE(72),
    congestionWindow: bytes.readUInt32LE(80),
    advertisedMss: bytes.readUInt32LE(84),
    totalRetransmits: bytes.readUInt32LE(100),
  };
  if (length >= 128) info.bytesAcked = bytes.readBigUInt64LE(120);
  if (length >= 136) info.bytesReceived = bytes.readBigUInt64LE(128);
  if (length >= 140) info.segmentsSent = bytes.readUInt32LE(136);
  if (length >= 144) info.segmentsReceived = bytes.readUInt32LE(140);
  if (length >= 148) info.notSentBytes = bytes.readUInt32LE(144);
  if (length >= 152) info.minRtt = bytes.readUInt32LE(148);
  if (length >= 168) info.deliveryRate = bytes.readBigUInt64LE(160);
  if (length >= 208) info.bytesSent = bytes.readBigUInt64LE(200);
  if (length >= 216) info.bytesRetransmitted = bytes.readBigUInt64LE(208);
  return info;
}
