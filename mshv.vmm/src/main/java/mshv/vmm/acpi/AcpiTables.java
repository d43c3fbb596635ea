package mshv.vmm.acpi;

import static mshv.vmm.acpi.AmlWriter.device;
import static mshv.vmm.acpi.AmlWriter.eisaId;
import static mshv.vmm.acpi.AmlWriter.integer;
import static mshv.vmm.acpi.AmlWriter.interrupt;
import static mshv.vmm.acpi.AmlWriter.name;
import static mshv.vmm.acpi.AmlWriter.packageOf;
import static mshv.vmm.acpi.AmlWriter.ports;
import static mshv.vmm.acpi.AmlWriter.resources;
import static mshv.vmm.acpi.AmlWriter.scope;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Builds the tables: RSDP, XSDT, FADT, MADT and DSDT, one after the other (ACPI 6.4, chapter 5).
 */
public final class AcpiTables {
	private static final int HEADER_SIZE = 36;
	private static final int RSDP_SIZE = 36;
	private static final int ALIGNMENT = 16;
	private static final int FADT_SIZE = 276;
	/** WBINVD works; power and sleep button are not fixed hardware; reset register; hardware-reduced. */
	private static final int FADT_FLAGS = 1 | 1 << 4 | 1 << 5 | 1 << 10 | 1 << 20;
	/** No VGA; no keyboard controller, no legacy devices; the RTC is there. */
	private static final int BOOT_FLAGS = 1 << 2;
	private static final int LOCAL_APIC = 0xFEE00000;
	private static final int SYSTEM_IO = 1;

	private AcpiTables() {}

	/**
	 * What the tables tell of the machine.
	 *
	 * @param processors number of local APICs, ids from 0 on
	 * @param ioApicAddress guest-physical address
	 * @param serialPort first of eight ports
	 * @param serialInterrupt pin of the I/O APIC
	 * @param sleepControl port; the sleep status is the next
	 * @param sleepTypeOff sleep type of S5
	 * @param resetPort port of the reset register
	 * @param resetValue value that resets
	 * @param clockPort first of two ports of the RTC
	 * @param centuryRegister index in the RTC
	 */
	public record Platform(int processors, int ioApicAddress, int serialPort, int serialInterrupt, int sleepControl, int sleepTypeOff,
			int resetPort, int resetValue, int clockPort, int centuryRegister) {}

	/** @param address guest-physical address where the bytes will be, a multiple of 16
	 * @return the tables; the RSDP is the first */
	public static byte[] build(Platform platform, long address) {
		byte[] dsdt = dsdt(platform);
		byte[] madt = madt(platform);
		long dsdtAddress = address + align(RSDP_SIZE);
		long madtAddress = dsdtAddress + align(dsdt.length);
		long fadtAddress = madtAddress + align(madt.length);
		long xsdtAddress = fadtAddress + align(FADT_SIZE);
		byte[] xsdt = xsdt(fadtAddress, madtAddress);
		ByteBuffer all = buffer((int) (xsdtAddress - address) + align(xsdt.length));
		all.put(rsdp(xsdtAddress));
		all.put((int) (dsdtAddress - address), dsdt);
		all.put((int) (madtAddress - address), madt);
		all.put((int) (fadtAddress - address), fadt(platform, dsdtAddress));
		all.put((int) (xsdtAddress - address), xsdt);
		return all.array();
	}

	private static byte[] rsdp(long xsdt) {
		ByteBuffer table = buffer(RSDP_SIZE);
		table.put(ascii("RSD PTR ")).put(8, (byte) 0).put(9, ascii("MSHV  ")).put(15, (byte) 2);
		table.putInt(20, RSDP_SIZE).putLong(24, xsdt);
		table.put(8, checksum(table.array(), 20));
		table.put(32, checksum(table.array(), RSDP_SIZE));
		return table.array();
	}

	private static byte[] xsdt(long... tables) {
		ByteBuffer table = table("XSDT", 1, HEADER_SIZE + 8 * tables.length);
		for (int i = 0; i < tables.length; i++) {
			table.putLong(HEADER_SIZE + 8 * i, tables[i]);
		}
		return finish(table);
	}

	private static byte[] fadt(Platform platform, long dsdt) {
		ByteBuffer table = table("FACP", 6, FADT_SIZE);
		table.putInt(40, (int) dsdt);
		table.put(108, (byte) platform.centuryRegister());
		table.putShort(109, (short) BOOT_FLAGS);
		table.putInt(112, FADT_FLAGS);
		register(table, 116, platform.resetPort());
		table.put(128, (byte) platform.resetValue());
		table.put(131, (byte) 4);
		table.putLong(140, dsdt);
		register(table, 244, platform.sleepControl());
		register(table, 256, platform.sleepControl() + 1);
		return finish(table);
	}

	/** A generic address structure: one byte in port space. */
	private static void register(ByteBuffer table, int at, int port) {
		table.put(at, (byte) SYSTEM_IO).put(at + 1, (byte) 8).put(at + 3, (byte) 1).putLong(at + 4, port);
	}

	private static byte[] madt(Platform platform) {
		int localApics = 8 * platform.processors();
		ByteBuffer table = table("APIC", 5, HEADER_SIZE + 8 + localApics + 12 + 10 + 6);
		table.putInt(HEADER_SIZE, LOCAL_APIC);
		table.position(HEADER_SIZE + 8);
		for (int i = 0; i < platform.processors(); i++) {
			table.put((byte) 0).put((byte) 8).put((byte) i).put((byte) i).putInt(1);
		}
		table.put((byte) 1).put((byte) 12).put((byte) 0).put((byte) 0).putInt(platform.ioApicAddress()).putInt(0);
		// Source override: the UART's ISA interrupt is edge triggered, active high
		table.put((byte) 2).put((byte) 10).put((byte) 0).put((byte) platform.serialInterrupt()).putInt(platform.serialInterrupt())
			.putShort((short) 5);
		// NMIs arrive at LINT1 of all processors
		table.put((byte) 4).put((byte) 6).put((byte) 0xFF).putShort((short) 0).put((byte) 1);
		return finish(table);
	}

	private static byte[] dsdt(Platform platform) {
		byte[] off = integer(platform.sleepTypeOff());
		byte[] zero = integer(0);
		byte[] aml = AmlWriter.concat(
			name("\\_S5_", packageOf(off, zero, zero, zero)),
			scope("\\_SB_",
				device("COM1",
					name("_HID", eisaId("PNP0501")),
					name("_UID", integer(1)),
					name("_STA", integer(0x0F)),
					name("_CRS", resources(ports(platform.serialPort(), 8), interrupt(platform.serialInterrupt())))),
				// No interrupt: it has no alarms. Linux without this device expects ISA interrupt 8, and then does without the clock
				device("RTC0",
					name("_HID", eisaId("PNP0B00")),
					name("_CRS", resources(ports(platform.clockPort(), 2))))));
		ByteBuffer table = table("DSDT", 2, HEADER_SIZE + aml.length);
		table.put(HEADER_SIZE, aml);
		return finish(table);
	}

	private static ByteBuffer table(String signature, int revision, int size) {
		ByteBuffer table = buffer(size);
		table.put(0, ascii(signature)).putInt(4, size).put(8, (byte) revision);
		table.put(10, ascii("MSHV  ")).put(16, ascii("MSHVVMM ")).putInt(24, 1).put(28, ascii("MSHV")).putInt(32, 1);
		return table;
	}

	private static byte[] finish(ByteBuffer table) {
		table.put(9, checksum(table.array(), table.capacity()));
		return table.array();
	}

	/** @return the byte that makes the sum of all 0, given that its place holds 0 */
	private static byte checksum(byte[] bytes, int length) {
		int sum = 0;
		for (int i = 0; i < length; i++) {
			sum += bytes[i];
		}
		return (byte) -sum;
	}

	private static int align(int size) {
		return size + ALIGNMENT - 1 & -ALIGNMENT;
	}

	private static ByteBuffer buffer(int size) {
		return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}
}
