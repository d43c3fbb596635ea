package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.Random;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DivideTest {
	private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

	private final TestGuest guest = TestGuest.longMode();
	private final Cpu cpu = guest.cpu;
	private final Random random = new Random(1);

	@AfterEach
	void close() {
		guest.close();
	}

	private long pick() {
		long value = random.nextLong();
		return switch (random.nextInt(4)) {
			case 0 -> value >>> random.nextInt(64);
			case 1 -> value >> random.nextInt(64);
			case 2 -> (value >> 63 | 1) << random.nextInt(64);
			default -> value;
		};
	}

	private static BigInteger unsigned(long value) {
		return value < 0 ? BigInteger.valueOf(value).add(TWO_64) : BigInteger.valueOf(value);
	}

	@Test
	void unsignedDivisionOf128BitsIsExactOrADivideError() {
		guest.decode("48 f7 f3"); // div rbx
		for (int i = 0; i < 200_000; i++) {
			long divisor = pick();
			long high = random.nextInt(8) == 0 || divisor == 0 ? pick() : Long.remainderUnsigned(pick(), divisor);
			long low = pick();
			check(divisor, high, low, unsigned(high).shiftLeft(64).add(unsigned(low)), unsigned(divisor), BigInteger.ZERO, TWO_64);
		}
	}

	@Test
	void signedDivisionOf128BitsIsExactOrADivideError() {
		guest.decode("48 f7 fb"); // idiv rbx
		BigInteger bound = BigInteger.ONE.shiftLeft(63);
		for (int i = 0; i < 200_000; i++) {
			long divisor = pick();
			long low = pick();
			long high = switch (random.nextInt(4)) {
				case 0 -> low >> 63;
				case 1 -> pick();
				default -> divisor / 2 + random.nextInt(3) - 1;
			};
			if (random.nextBoolean()) {
				high = ~high;
			}
			BigInteger dividend = BigInteger.valueOf(high).shiftLeft(64).add(unsigned(low));
			check(divisor, high, low, dividend, BigInteger.valueOf(divisor), bound.negate(), bound);
		}
	}

	private void check(long rbx, long high, long low, BigInteger dividend, BigInteger divisor, BigInteger least, BigInteger bound) {
		cpu.r[Cpu.RBX] = rbx;
		cpu.r[Cpu.RDX] = high;
		cpu.r[Cpu.RAX] = low;
		int fault = guest.execute();
		String what = dividend + " / " + divisor;
		BigInteger[] result = divisor.signum() == 0 ? null : dividend.divideAndRemainder(divisor);
		if (result == null || result[0].compareTo(least) < 0 || result[0].compareTo(bound) >= 0) {
			assertEquals(Vector.DE, fault, what);
			assertEquals(high, cpu.r[Cpu.RDX], what);
			assertEquals(low, cpu.r[Cpu.RAX], what);
		} else {
			assertEquals(TestGuest.NO_FAULT, fault, what);
			assertEquals(result[0].longValue(), cpu.r[Cpu.RAX], what);
			assertEquals(result[1].longValue(), cpu.r[Cpu.RDX], what);
		}
	}

	@Test
	void byteDivisionSplitsTheAccumulator() {
		cpu.r[Cpu.RAX] = 0xABCD_0102;
		cpu.r[Cpu.RBX] = 4;
		guest.run("f6 f3"); // div bl
		assertEquals(0xABCD_0240, cpu.r[Cpu.RAX]);
		cpu.r[Cpu.RAX] = 0x0400;
		assertEquals(Vector.DE, guest.run("f6 f3"));
		cpu.r[Cpu.RAX] = 0xFFF9;
		cpu.r[Cpu.RBX] = 2;
		guest.run("f6 fb"); // idiv bl
		assertEquals(0xFFFD, cpu.r[Cpu.RAX]);
	}

	@Test
	void mostNegative32BitDividendOverMinusOneIsADivideError() {
		cpu.r[Cpu.RDX] = 0x8000_0000L;
		cpu.r[Cpu.RAX] = 0;
		cpu.r[Cpu.RBX] = 0xFFFFFFFFL;
		assertEquals(Vector.DE, guest.run("f7 fb")); // idiv ebx
		cpu.r[Cpu.RDX] = 0xFFFFFFFFL;
		cpu.r[Cpu.RAX] = 0x8000_0000L;
		assertEquals(Vector.DE, guest.run("f7 fb"));
	}
}
