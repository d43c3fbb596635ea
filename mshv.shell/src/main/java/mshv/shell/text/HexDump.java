package mshv.shell.text;

/** Bytes in rows of sixteen: address, hexadecimal, ASCII. */
public final class HexDump {
	private static final int ROW = 16;

	private HexDump() {}

	/** @param address of the first byte @param bytes at least one @return the lines, without one at the end that is empty */
	public static String format(long address, byte[] bytes) {
		StringBuilder text = new StringBuilder();
		for (int row = 0; row < bytes.length; row += ROW) {
			text.append(row == 0 ? "" : "\n").append("%016x ".formatted(address + row));
			StringBuilder letters = new StringBuilder();
			for (int i = row; i < row + ROW; i++) {
				text.append(i == row + ROW / 2 ? "  " : " ");
				if (i < bytes.length) {
					text.append("%02x".formatted(bytes[i]));
					letters.append(bytes[i] >= ' ' && bytes[i] < 0x7F ? (char) bytes[i] : '.');
				} else {
					text.append("  ");
				}
			}
			text.append("  |").append(letters).append('|');
		}
		return text.toString();
	}
}
