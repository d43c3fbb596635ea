package mshv.shell.guest;

import java.nio.charset.StandardCharsets;

/** Finds a text in a stream of bytes, as they come. */
final class TextSearch {
	private final byte[] text;
	/** Where to go on in the text after a mismatch at an index (Knuth, Morris, Pratt). */
	private final int[] fallback;
	private int matched;
	private boolean found;

	/** @param text ASCII, at least one character */
	TextSearch(String text) {
		this.text = text.getBytes(StandardCharsets.US_ASCII);
		fallback = new int[this.text.length];
		for (int i = 1, length = 0; i < this.text.length; i++) {
			while (length > 0 && this.text[i] != this.text[length]) {
				length = fallback[length - 1];
			}
			if (this.text[i] == this.text[length]) {
				length++;
			}
			fallback[i] = length;
		}
	}

	/** Takes the next byte. @return true if the text has been found, now or before */
	boolean next(int value) {
		if (!found) {
			while (matched > 0 && text[matched] != (byte) value) {
				matched = fallback[matched - 1];
			}
			if (text[matched] == (byte) value) {
				matched++;
			}
			found = matched == text.length;
		}
		return found;
	}

	/** @return whether the text has been found */
	boolean isFound() {
		return found;
	}
}
