package mshv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;

import mshv.api.Hypervisor;
import mshv.api.InterruptRequest;
import mshv.api.Register;
import mshv.api.event.EventFactory;
import mshv.vmm.ImageSource;
import mshv.vmm.Machine;
import mshv.vmm.MachineConfig;

/** A guest that is stepped through notices nothing. */
@ExtendWith(ServiceExtension.class)
@Timeout(60)
class StepTest {
	private static final int CODE = ProtectedModeImage.CODE, HANDLERS = ProtectedModeImage.HANDLERS, RESULT = 0x200000, STACK = 0x180000;
	private static final int VECTOR = 0x40;
	private static final int TRAP_FLAG = 1 << 8;

	@InjectService(timeout = 30_000)
	Hypervisor hypervisor;
	@InjectService(timeout = 30_000)
	EventFactory events;

	private static byte[] image() {
		ProtectedModeImage image = new ProtectedModeImage(256);
		// lgdt; jmp 8:next; mov eax, 10h; mov ss, ax; mov esp, STACK; mov ds, ax; lidt
		image.code("0F0115").putInt(ProtectedModeImage.GDT_POINTER);
		image.code("EA").putInt(CODE + 14).putShort((short) 8);
		image.code("B8100000008ED0BC").putInt(STACK);
		image.code("8ED80F011D").putInt(ProtectedModeImage.IDT_POINTER);
		// mov dword [0FEE000F0h], 1FFh; mov al, 'x'; mov dx, 3F8h; out dx, al
		image.code("C705F000E0FEFF010000B07866BAF803EE");
		// pushf; pop eax; mov [RESULT], eax; int 30h; ud2; sti; nop; hlt; nop; jmp $
		image.code("9C58A3").putInt(RESULT);
		image.code("CD300F0BFB90F490EBFE");
		// iret; add dword [esp], 2; iret; mov byte [RESULT + 4], 1; iret
		image.at(HANDLERS).code("CF83042402CFC605").putInt(RESULT + 4);
		image.code("01CF");
		image.gate(0x30, HANDLERS);
		image.gate(6, HANDLERS + 1);
		image.gate(VECTOR, HANDLERS + 6);
		return image.bytes();
	}

	private static int word(Machine machine, long address) {
		return ByteBuffer.wrap(machine.readMemory(address, 4)).order(ByteOrder.LITTLE_ENDIAN).getInt();
	}

	private static void assertStepsTo(Machine machine, int... addresses) throws InterruptedException {
		for (int address : addresses) {
			machine.step(0);
			assertEquals(Integer.toHexString(address), Long.toHexString(machine.processors().getFirst().getRegister(Register.RIP)));
			assertEquals(0, machine.processors().getFirst().getRegister(Register.RFLAGS) & TRAP_FLAG);
		}
	}

	@Test
	void aProcessorThatWasNotStartedStaysWhereItIs() throws Exception {
		ImageSource kernel = new ImageSource.Bytes("steps", image());
		try (Machine machine = Machine.create(MachineConfig.of(hypervisor, events, kernel).withMemory(16 << 20).withCpus(2))) {
			machine.pause();
			machine.start();
			machine.step(1);
			assertEquals(1, machine.processors().get(1).getRegister(Register.INTERNAL_ACTIVITY_STATE));
			assertStepsTo(machine, CODE + 7);
		}
	}

	@Test
	void eachStepIsOneInstructionOrOneException() throws Exception {
		ImageSource kernel = new ImageSource.Bytes("steps", image());
		try (Machine machine = Machine.create(MachineConfig.of(hypervisor, events, kernel).withMemory(16 << 20))) {
			machine.pause();
			machine.start();
			// Loading SS takes the next instruction along
			assertStepsTo(machine, CODE + 7, CODE + 14, CODE + 19, CODE + 26, CODE + 28, CODE + 35, CODE + 45, CODE + 47, CODE + 51);
			assertStepsTo(machine, CODE + 52);
			assertEquals("x", machine.console().transcript());
			assertStepsTo(machine, CODE + 53, CODE + 54, CODE + 59);
			assertEquals(0, word(machine, RESULT) & TRAP_FLAG, "what PUSHF stored");
			assertStepsTo(machine, HANDLERS);
			assertEquals(0, word(machine, STACK - 4) & TRAP_FLAG, "the frame of INT");
			assertStepsTo(machine, CODE + 61, HANDLERS + 1);
			assertEquals(CODE + 61, word(machine, STACK - 12));
			assertEquals(0, word(machine, STACK - 4) & TRAP_FLAG, "the frame of #UD");
			assertStepsTo(machine, HANDLERS + 5, CODE + 63, CODE + 64);
			machine.partition().assertInterrupt(InterruptRequest.fixed(VECTOR, 0));
			assertStepsTo(machine, CODE + 65, CODE + 66, CODE + 67);
			assertEquals(0, word(machine, RESULT + 4), "interrupts wait while the guest is stepped through");
			assertEquals(0, machine.processors().getFirst().getRegister(Register.DR7) & 0xFF);
			machine.resume();
			long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
			while (word(machine, RESULT + 4) == 0) {
				assertTrue(System.nanoTime() < end, "the interrupt comes after that");
				Thread.onSpinWait();
			}
			machine.pause();
			assertStepsTo(machine, CODE + 67);
		}
	}
}
