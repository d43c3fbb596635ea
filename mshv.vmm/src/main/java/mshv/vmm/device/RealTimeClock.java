package mshv.vmm.device;

import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** The clock of an MC146818 with its index at the even port and its data at the odd one: time and date, UTC, BCD, 24 hours; no alarms. */
public final class RealTimeClock implements PortDevice {
	/** Index port. */
	public static final int PORT = 0x70;
	/** Register of the century, as the FADT names it. */
	public static final int CENTURY = 0x32;

	private static final int REGISTER_A = 0x0A;
	private static final int REGISTER_B = 0x0B;
	private static final int REGISTER_D = 0x0D;

	private final InstantSource clock;
	private int index;

	/** @param clock tells the time */
	public RealTimeClock(InstantSource clock) {
		this.clock = clock;
	}

	@Override
	public synchronized int read(int port, int size) {
		if ((port & 1) == 0) {
			return 0xFF;
		}
		LocalDateTime now = LocalDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
		return switch (index) {
			case 0x00 -> bcd(now.getSecond());
			case 0x02 -> bcd(now.getMinute());
			case 0x04 -> bcd(now.getHour());
			case 0x06 -> now.getDayOfWeek().getValue() % 7 + 1;
			case 0x07 -> bcd(now.getDayOfMonth());
			case 0x08 -> bcd(now.getMonthValue());
			case 0x09 -> bcd(now.getYear() % 100);
			case CENTURY -> bcd(now.getYear() / 100);
			// 32768 Hz, no update under way
			case REGISTER_A -> 0x26;
			case REGISTER_B -> 0x02;
			// The battery is good
			case REGISTER_D -> 0x80;
			default -> 0;
		};
	}

	@Override
	public synchronized void write(int port, int size, int value) {
		if ((port & 1) == 0) {
			// Bit 7 masks NMIs on a PC
			index = value & 0x7F;
		}
	}

	private static int bcd(int value) {
		return value / 10 << 4 | value % 10;
	}
}
