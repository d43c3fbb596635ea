package mshv.shell.fake;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import mshv.api.Intercept;
import mshv.api.RegisterValue;

/** What guests do. */
public final class Intercepts {
	private static final RegisterValue CODE = RegisterValue.segment(0, 0xFFFFFFFF, 8, 0xC09B);
	private static final int SERIAL = 0x3F8;
	private static final int EXIT = 0xF4;
	private static final int SLEEP_CONTROL = 0x600;
	private static final int SLEEP = 0x34;
	private static final int RESET_CONTROL = 0xCF9;
	private static final int RESET = 6;

	private Intercepts() {}

	private static Intercept.Header header() {
		return new Intercept.Header(0, 1, 0, 1, 4, CODE, 0x100000, 2);
	}

	private static Intercept out(int port, int size, int value) {
		return new Intercept.IoPort(header(), port, size, value & 0xFFFFFFFFL, null);
	}

	/** @return a script of all these */
	public static Intercept[] script(Object... parts) {
		List<Intercept> all = new ArrayList<>();
		for (Object part : parts) {
			if (part instanceof Intercept[] several) {
				all.addAll(Arrays.asList(several));
			} else {
				all.add((Intercept) part);
			}
		}
		return all.toArray(Intercept[]::new);
	}

	/** @return what prints a text on the serial line */
	public static Intercept[] print(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		Intercept[] script = new Intercept[bytes.length];
		for (int i = 0; i < bytes.length; i++) {
			script[i] = out(SERIAL, 1, bytes[i] & 0xFF);
		}
		return script;
	}

	/** @return a write to the exit port */
	public static Intercept exit(int value) {
		return out(EXIT, 4, value);
	}

	/** @return what turns the machine off */
	public static Intercept powerOff() {
		return out(SLEEP_CONTROL, 1, SLEEP);
	}

	/** @return what resets the machine */
	public static Intercept reset() {
		return out(RESET_CONTROL, 1, RESET);
	}

	/** @return a triple fault */
	public static Intercept tripleFault() {
		return new Intercept.UnrecoverableException(header());
	}

	/** @return a halt for good */
	public static Intercept halt() {
		return new Intercept.Halt(header());
	}
}
