package mshv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;

import mshv.api.Hypervisor;
import mshv.api.event.EventFactory;
import mshv.vmm.ImageSource;
import mshv.vmm.Machine;
import mshv.vmm.MachineConfig;

/** A guest that steps through its own accesses to ports and devices is trapped as on hardware. */
@ExtendWith(ServiceExtension.class)
@Timeout(60)
class TrapFlagTest {
	private static final int LOG = 0x200000;
	private static final int RESUME_FLAG = 1 << 16;
	private static final int SINGLE_STEP = 1 << 14;

	@InjectService(timeout = 30_000)
	Hypervisor hypervisor;
	@InjectService(timeout = 30_000)
	EventFactory events;

	/** A multiboot image. Its handler appends EIP, EFLAGS and DR6 to a log; EBP is its end. */
	private static byte[] image() {
		ProtectedModeImage image = new ProtectedModeImage(2);
		// lgdt; jmp 8:next; mov eax, 10h; mov ss, ax; mov esp, 180000h; mov ds, ax; mov es, ax; lidt; mov ebp, LOG
		image.code("0F0115 20021000 EA 2E001000 0800 B810000000 8ED0 BC00001800 8ED8 8EC0 0F011D 28021000 BD00002000");
		// mov dx, 80h; mov esi, 180000h; mov edi, 190000h; mov ecx, 2; push 102h; popf
		image.code("66BA8000 BE00001800 BF00001900 B902000000 6802010000 9D");
		// out dx, al; rep outsb; insb; mov edi, 0FEC00000h; mov cl, 2; rep stosd; mov eax, [edi]; push 2; popf; cli; hlt
		image.code("EE F36E 6C BF0000C0FE B102 F3AB 8B07 6A02 9D FA F4");
		// mov eax, [esp]; mov [ebp], eax; mov eax, [esp + 8]; mov [ebp + 4], eax; mov eax, dr6; mov [ebp + 8], eax
		image.at(ProtectedModeImage.HANDLERS).code("8B0424 894500 8B442408 894504 0F21F0 894508");
		// add ebp, 12; xor eax, eax; mov dr6, eax; iret
		image.code("83C50C 31C0 0F23F0 CF");
		image.gate(1, ProtectedModeImage.HANDLERS);
		return image.bytes();
	}

	@Test
	void eachInstructionAndEachIterationIsTrappedOnce() throws Exception {
		ImageSource kernel = new ImageSource.Bytes("trap flag", image());
		try (Machine machine = Machine.create(MachineConfig.of(hypervisor, events, kernel).withMemory(16 << 20))) {
			machine.start();
			assertTrue(machine.await(Duration.ofSeconds(30)).isPresent());
			ByteBuffer log = ByteBuffer.wrap(machine.readMemory(LOG, 0x1000)).order(ByteOrder.LITTLE_ENDIAN);
			List<String> traps = new ArrayList<>();
			for (int rip = log.getInt(); rip != 0; rip = log.getInt()) {
				boolean resumes = (log.getInt() & RESUME_FLAG) != 0;
				assertEquals(SINGLE_STEP, log.getInt() & 0xE00F);
				traps.add(Integer.toHexString(rip - ProtectedModeImage.LOAD) + (resumes ? " resumes" : ""));
			}
			assertEquals(List.of("64", "64 resumes", "66", "67", "6c", "6e", "6e resumes", "70", "72", "74", "75"), traps);
		}
	}
}
