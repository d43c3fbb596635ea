package mshv.vmm.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;

class AcpiTablesTest {
	private static final long ADDRESS = 0xE0000;

	private final ByteBuffer tables = ByteBuffer
		.wrap(AcpiTables.build(new AcpiTables.Platform(2, 0xFEC00000, 0x3F8, 4, 0x600, 5, 0xCF9, 6, 0x70, 0x32), ADDRESS))
		.order(ByteOrder.LITTLE_ENDIAN);

	private String text(int at, int length) {
		return new String(tables.array(), at, length, StandardCharsets.US_ASCII);
	}

	private void assertSumIsZero(int at, int length) {
		int sum = 0;
		for (int i = 0; i < length; i++) {
			sum += tables.get(at + i);
		}
		assertEquals(0, sum & 0xFF);
	}

	/** Follows the pointers, checking every sum. @return offsets by signature */
	private Map<String, Integer> walk() {
		Map<String, Integer> found = new TreeMap<>();
		assertEquals("RSD PTR ", text(0, 8));
		assertSumIsZero(0, 20);
		assertSumIsZero(0, 36);
		int xsdt = offset(tables.getLong(24));
		found.put("XSDT", xsdt);
		for (int at = xsdt + 36; at < xsdt + tables.getInt(xsdt + 4); at += 8) {
			int table = offset(tables.getLong(at));
			found.put(text(table, 4), table);
		}
		found.put("DSDT", offset(tables.getLong(found.get("FACP") + 140)));
		found.forEach((signature, at) -> {
			assertEquals(signature, text(at, 4));
			assertSumIsZero(at, tables.getInt(at + 4));
		});
		return found;
	}

	private static int offset(long address) {
		assertEquals(0, address % 16);
		return (int) (address - ADDRESS);
	}

	@Test
	void allTablesAreFoundAndTheirSumsAreZero() {
		assertEquals("[APIC, DSDT, FACP, XSDT]", walk().keySet().toString());
	}

	@Test
	void theMachineIsHardwareReducedAndSaysHowToSleepAndReset() {
		int fadt = walk().get("FACP");
		assertEquals(276, tables.getInt(fadt + 4));
		assertTrue((tables.getInt(fadt + 112) & 1 << 20) != 0);
		assertTrue((tables.getInt(fadt + 112) & 1 << 10) != 0);
		assertEquals(0x4, tables.getShort(fadt + 109));
		assertEquals(1, tables.get(fadt + 116));
		assertEquals(0xCF9, tables.getLong(fadt + 120));
		assertEquals(6, tables.get(fadt + 128));
		assertEquals(0x600, tables.getLong(fadt + 248));
		assertEquals(0x601, tables.getLong(fadt + 260));
	}

	@Test
	void theInterruptControllersAreListed() {
		int madt = walk().get("APIC");
		assertEquals(0xFEE00000, tables.getInt(madt + 36));
		StringBuilder entries = new StringBuilder();
		for (int at = madt + 44; at < madt + tables.getInt(madt + 4); at += tables.get(at + 1)) {
			entries.append(HexFormat.of().formatHex(tables.array(), at, at + tables.get(at + 1))).append(' ');
		}
		assertEquals("0008000001000000 0008010101000000 010c00000000c0fe00000000 020a0004040000000500 0406ff000001 ", entries.toString());
	}

	@Test
	void theDsdtHasS5TheSerialPortAndTheClock() {
		int dsdt = walk().get("DSDT");
		int length = tables.getInt(dsdt + 4);
		assertEquals("085c5f53355f" + "1207040a05000000"
			+ "1045065c5f53425f" + "5b8238434f4d31" + "085f4849440c41d00501" + "085f55494401" + "085f5354410a0f"
			+ "085f435253" + "1116" + "0a13" + "4701f803f8030108" + "890600030104000000" + "7900"
			+ "5b8222" + "52544330" + "085f4849440c41d00b00" + "085f435253" + "110d" + "0a0a" + "4701700070000102" + "7900",
			HexFormat.of().formatHex(tables.array(), dsdt + 36, dsdt + length));
	}

	@Test
	void lengthsOfAmlPackagesGrowWithTheirContent() {
		assertEquals(0x40 | (60 + 3 + 2) & 0xF, AmlWriter.buffer(new byte[60 + 1])[1] & 0xFF);
		byte[] large = AmlWriter.buffer(new byte[0x1000]);
		assertArrayEquals(new byte[] {0x11, (byte) (0x80 | 0x1006 & 0xF), 0x00, 0x01}, new byte[] {large[0], large[1], large[2], large[3]});
	}
}
