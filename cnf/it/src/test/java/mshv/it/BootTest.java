package mshv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;

import mshv.api.Hypervisor;
import mshv.api.event.EventFactory;
import mshv.vmm.ImageSource;
import mshv.vmm.Machine;
import mshv.vmm.MachineConfig;

/** How a guest is tested: boot it, wait for what it prints, look into its memory. To be copied. */
@ExtendWith(ServiceExtension.class)
class BootTest {
	@InjectService(timeout = 30_000)
	Hypervisor hypervisor;
	@InjectService(timeout = 30_000)
	EventFactory events;

	@Test
	void aKernelPrintsAndWritesMemory() throws Exception {
		ImageSource kernel = new ImageSource.Bytes("hello", kernel("hello, world\n"));
		try (Machine machine = Machine.create(MachineConfig.of(hypervisor, events, kernel).withMemory(16 << 20))) {
			machine.start();
			assertTrue(machine.console().waitFor("hello, world", Duration.ofSeconds(30)), () -> machine.console().transcript());
			assertEquals(0x600D_CAFE, ByteBuffer.wrap(machine.readMemory(RESULT, 4)).order(ByteOrder.LITTLE_ENDIAN).getInt());
		}
	}

	/** Address that the kernel is loaded at, and where it leaves its result. */
	private static final int LOAD = 0x100000, RESULT = 0x200000;

	/** @return a multiboot kernel in machine code: MOV DWORD [RESULT], 600DCAFEh; print the text on the first serial port; HLT */
	private static byte[] kernel(String text) {
		int flags = 1 << 16;
		int code = LOAD + 32;
		byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
		ByteBuffer image = ByteBuffer.allocate(128 + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
		image.putInt(0x1BADB002).putInt(flags).putInt(-(0x1BADB002 + flags)).putInt(LOAD).putInt(LOAD).putInt(0).putInt(0).putInt(code);
		image.put(hex("C705")).putInt(RESULT).putInt(0x600D_CAFE).put(hex("BE")).putInt(LOAD + 127);
		return image.put(hex("66BAF803AC84C07403EEEBF8FAF4")).put(127, bytes).array();
	}

	private static byte[] hex(String digits) {
		return HexFormat.of().parseHex(digits);
	}
}
