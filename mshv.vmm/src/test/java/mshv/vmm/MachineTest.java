package mshv.vmm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.MsiRoute;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.PartitionProperty;
import mshv.fake.FakeEvents;
import mshv.fake.FakeHypervisor;
import mshv.fake.FakePartition;
import mshv.fake.Intercepts;
import mshv.fake.Script;
import mshv.vmm.BootException.Category;

@Timeout(60)
class MachineTest {
	private static final Duration LONG = Duration.ofSeconds(30);

	private final FakeEvents events = new FakeEvents();
	private FakeHypervisor hypervisor;

	/** A flat multiboot kernel that loads at 1 MiB. */
	private static ImageSource kernel() {
		ByteBuffer image = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
		image.putInt(0x1BADB002).putInt(1 << 16).putInt(-(0x1BADB002 + (1 << 16)));
		image.putInt(0x100000).putInt(0x100000).putInt(0).putInt(0).putInt(0x100020);
		return ImageSource.of("kernel", image.array());
	}

	private MachineConfig config(Script script) {
		hypervisor = new FakeHypervisor(script);
		return MachineConfig.of(hypervisor, events, kernel()).withMemory(4 << 20);
	}

	private static Script inOrder(Intercept... intercepts) {
		Iterator<Intercept> next = List.of(intercepts).iterator();
		return _ -> next.hasNext() ? next.next() : null;
	}

	private Outcome outcome(MachineConfig config) throws Exception {
		try (Machine machine = Machine.create(config)) {
			machine.start();
			return machine.await(LONG).orElseThrow();
		}
	}

	private FakePartition partition() {
		return hypervisor.made.getFirst();
	}

	@Test
	void aGuestPrintsAndTurnsTheMachineOff() throws Exception {
		ByteArrayOutputStream output = new ByteArrayOutputStream();
		Script script = inOrder(Intercepts.out(0x3F8, 1, 'h'), Intercepts.out(0x3F8, 1, 'i'), Intercepts.out(0x600, 1, 0x34));
		assertEquals(new Outcome.PowerOff(), outcome(config(script).withOutput(output)));
		assertEquals("hi", output.toString());
		assertTrue(partition().closed);
		assertTrue(events.made.stream().allMatch(event -> event.closed));
	}

	@Test
	void theDebugPortPrintsUntilTheSerialPortIsUsed() throws Exception {
		ByteArrayOutputStream output = new ByteArrayOutputStream();
		Script script = inOrder(Intercepts.out(0xE9, 1, 'a'), Intercepts.out(0x3FB, 1, 3), Intercepts.out(0xE9, 1, 'b'),
			Intercepts.out(0x3F8, 1, 'b'), Intercepts.out(0xF4, 4, 0));
		assertEquals(new Outcome.Exit(0), outcome(config(script).withOutput(output).withTestDevices(true)));
		assertEquals("ab", output.toString());
	}

	@Test
	void allEndsAreToldApart() throws Exception {
		Intercept.Header header = Intercepts.header(1, false, 0x123);
		assertEquals(new Outcome.Reset(), outcome(config(inOrder(Intercepts.out(0xCF9, 1, 6)))));
		assertEquals(new Outcome.Halted(0x123), outcome(config(inOrder(new Intercept.Halt(header)))));
		assertEquals(new Outcome.TripleFault(0x123), outcome(config(inOrder(new Intercept.UnrecoverableException(header)))));
		Outcome exit = outcome(config(inOrder(Intercepts.out(0xF4, 4, 1))).withTestDevices(true));
		assertEquals(3, assertInstanceOf(Outcome.Exit.class, exit).status());
		assertEquals(new Outcome.Halted(0x123), outcome(config(inOrder(Intercepts.out(0xF4, 4, 1), new Intercept.Halt(header)))));
		assertEquals(new Outcome.Failed("intercept message 0x80000020, which this machine does not expect"),
			outcome(config(inOrder(new Intercept.Other(0x80000020, new byte[8])))));
		assertEquals(new Outcome.Failed("cannot emulate the instruction 0f 0b at 0x123, which accesses guest-physical 0xd0000000"),
			outcome(config(inOrder(new Intercept.Memory(header, false, 0, false, 0xD0000000L, new byte[] {0x0F, 0x0B})))));
		assertEquals(new Outcome.Failed("the hypervisor refuses: no (INVALID_VP_STATE)"), outcome(config(_ -> {
			throw new HypervisorException("no", HvStatus.INVALID_VP_STATE);
		})));
	}

	@Test
	void theProcessorStartsAsTheLoaderSaysInMemoryThatIsMapped() throws Exception {
		try (Machine machine = Machine.create(config(inOrder()))) {
			assertEquals(0x100020, machine.processors().getFirst().getRegister(Register.RIP));
			assertTrue(partition().initialized);
			assertEquals(1, partition().memoryRegions().size());
			assertEquals(4 << 20, partition().memoryRegions().getFirst().size());
			assertEquals("RSD PTR ", new String(machine.readMemory(0xE0000, 8)));
			machine.writeMemory(0x200000, new byte[] {1, 2});
			assertArrayEquals(new byte[] {1, 2, 0}, machine.readMemory(0x200000, 3));
			assertThrows(IndexOutOfBoundsException.class, () -> machine.readMemory(0x3FFFFF, 2));
			assertEquals(Machine.State.CREATED, machine.state());
		}
	}

	@Test
	void memoryBeyondThreeGibibytesIsAboveFour() throws Exception {
		try (Machine machine = Machine.create(config(inOrder()).withMemory(4L << 30))) {
			assertEquals(2, partition().memoryRegions().size());
			assertEquals(4L << 30, partition().memoryRegions().get(1).guestAddress());
			assertEquals(1L << 30, partition().memoryRegions().get(1).size());
			machine.writeMemory((5L << 30) - 1, new byte[] {7});
			assertEquals(7, machine.readMemory((5L << 30) - 1, 1)[0]);
			assertThrows(IndexOutOfBoundsException.class, () -> machine.readMemory(3L << 30, 1));
		}
	}

	/** MOV to a register of the I/O APIC, in 32-bit mode. */
	private static Intercept ioApicWrite(int offset, int value) {
		byte[] code = {(byte) 0xC7, 0x05, (byte) offset, 0x00, (byte) 0xC0, (byte) 0xFE, (byte) value, 0, 0, 0};
		Intercept.Header header = new Intercept.Header(0, 0, 0, 1, 2, Intercepts.CODE_32, 0x1000, 2);
		return new Intercept.Memory(header, false, 0, false, 0xFEC00000L + offset, code);
	}

	@Test
	void inputInterruptsTheGuestThroughTheIoApic() throws Exception {
		Script script = inOrder(ioApicWrite(0, 0x18), ioApicWrite(0x10, 0x31), Intercepts.out(0x3F9, 1, 1));
		CountDownLatch idle = new CountDownLatch(1);
		try (Machine machine = Machine.create(config(processor -> {
			Intercept next = script.next(processor);
			if (next == null) {
				idle.countDown();
			}
			return next;
		}))) {
			machine.start();
			idle.await();
			assertEquals(List.of(List.of(new MsiRoute(4, 0xFEE00000, 0, 0x31))), partition().routings);
			assertEquals(events.made.getFirst(), partition().irqfds.get(4));
			machine.console().send("x");
			assertEquals(1, events.made.getFirst().drain());
		}
	}

	@Test
	void aPausedGuestStandsStillAndItsTimeToo() throws Exception {
		AtomicLong exits = new AtomicLong();
		try (Machine machine = Machine.create(config(_ -> {
			exits.incrementAndGet();
			return Intercepts.out(0x80, 1, 0);
		}))) {
			machine.start();
			machine.pause();
			long before = exits.get();
			assertEquals(Machine.State.PAUSED, machine.state());
			assertEquals(1, partition().properties.get(PartitionProperty.TIME_FREEZE));
			assertTrue(machine.await(Duration.ofMillis(20)).isEmpty());
			assertEquals(before, exits.get());
			machine.resume();
			while (exits.get() == before) {
				Thread.onSpinWait();
			}
			assertEquals(0, partition().properties.get(PartitionProperty.TIME_FREEZE));
		}
	}

	@Test
	void allProcessorsOfAPausedGuestStandStill() throws Exception {
		AtomicLong exits = new AtomicLong();
		// The last one never leaves by itself
		Script script = processor -> {
			exits.incrementAndGet();
			return processor.index() == 2 ? null : Intercepts.out(0x80, 1, 0);
		};
		try (Machine machine = Machine.create(config(script).withCpus(3))) {
			machine.start();
			for (int round = 0; round < 300; round++) {
				machine.pause();
				long before = exits.get();
				assertEquals(Machine.State.PAUSED, machine.state());
				assertEquals(1, partition().properties.get(PartitionProperty.TIME_FREEZE));
				assertTrue(machine.await(Duration.ofMillis(1)).isEmpty());
				assertEquals(before, exits.get());
				machine.resume();
				while (exits.get() == before) {
					Thread.onSpinWait();
				}
			}
		}
	}

	@Test
	void whicheverProcessorEndsTheMachineEndsTheOthers() throws Exception {
		for (int ending = 0; ending < 4; ending++) {
			int index = ending;
			assertEquals(new Outcome.PowerOff(), outcome(config(processor -> processor.index() == index
				? Intercepts.out(0x600, 1, 0x34) : processor.index() % 2 == 0 ? null : Intercepts.out(0x80, 1, 0)).withCpus(4)));
		}
	}

	@Test
	void anIdleGuestCanBePausedAndClosed() throws Exception {
		Machine machine = Machine.create(config(inOrder()));
		machine.start();
		machine.pause();
		machine.resume();
		machine.close();
		machine.close();
		assertEquals(new Outcome.Stopped(), machine.await(Duration.ZERO).orElseThrow());
		assertEquals(Machine.State.CLOSED, machine.state());
	}

	@Test
	void aMachineCanBeStartedPausedAndStepped() throws Exception {
		Script script = inOrder(Intercepts.out(0x3F8, 1, 'a'), exception(1), Intercepts.out(0x600, 1, 0x34));
		try (Machine machine = Machine.create(config(script))) {
			assertThrows(IllegalStateException.class, () -> machine.step(0));
			machine.pause();
			machine.start();
			machine.step(0);
			assertEquals("a", machine.console().transcript());
			assertTrue(partition().intercepts.containsAll(List.of("4 3 1", "0 3 1", "4 3 14", "0 3 14")), "installed and removed");
			machine.step(0);
			assertEquals(Machine.State.PAUSED, machine.state());
			assertEquals(2, machine.processors().getFirst().getRegister(Register.RFLAGS));
			machine.step(0);
			assertEquals(new Outcome.PowerOff(), machine.await(LONG).orElseThrow());
			assertThrows(IllegalStateException.class, () -> machine.step(0));
		}
	}

	private static Intercept exception(int vector) {
		Intercept.Header header = new Intercept.Header(0, 0, 0, 4, 0, RegisterValue.of(0), 0, 0);
		return new Intercept.Exception(header, vector, false, 0, 1 << 14, new byte[0]);
	}

	@Test
	void aGuestThatFloodsABlockedStreamCanBePausedAndClosed() throws Exception {
		CountDownLatch blocked = new CountDownLatch(1);
		CountDownLatch never = new CountDownLatch(1);
		OutputStream stream = new OutputStream() {
			@Override
			public void write(int b) throws IOException {
				blocked.countDown();
				try {
					never.await();
				} catch (InterruptedException e) {
					throw new IOException(e);
				}
			}
		};
		Machine machine = Machine.create(config(_ -> Intercepts.out(0x3F8, 1, 'x')).withOutput(stream));
		machine.start();
		blocked.await();
		while (machine.console().transcript().length() < 60_000) {
			Thread.onSpinWait();
		}
		machine.pause();
		assertEquals(Machine.State.PAUSED, machine.state());
		machine.resume();
		machine.close();
		// The buffer, and what had been taken from it to be printed
		assertTrue(machine.console().transcript().length() <= (1 << 16) + (1 << 13));
	}

	@Test
	void whatCannotBeBootedIsRefusedWithOneLineAndACategory(@TempDir Path folder) throws Exception {
		assertRefused(Category.FILE, folder.resolve("none") + ": no such file",
			MachineConfig.of(new FakeHypervisor(inOrder()), events, folder.resolve("none")));
		assertRefused(Category.FILE, folder + ": a directory, expected a file", MachineConfig.of(new FakeHypervisor(inOrder()), events,
			folder));
		Path text = Files.writeString(folder.resolve("text"), "hello");
		assertRefused(Category.IMAGE, "text: not a kernel: expected a bzImage, an ELF file or a multiboot header in the first 8 KiB",
			MachineConfig.of(new FakeHypervisor(inOrder()), events, text));
		assertRefused(Category.PROCESSORS, "cpus 65: expected 1 to 64", config(inOrder()).withCpus(65));
		assertRefused(Category.PROCESSORS, "cpus 0: expected 1 to 64", config(inOrder()).withCpus(0));
		assertRefused(Category.MEMORY_ALIGNMENT, "memory of 4194305 bytes: expected a multiple of 4096",
			config(inOrder()).withMemory((4 << 20) + 1));
		assertRefused(Category.MEMORY, "memory of 4096 bytes: expected 2097152 to 1099511627776", config(inOrder()).withMemory(4096));
		assertRefused(Category.MEMORY, "big: a module of 4194304 bytes does not fit between 0x101000 and the end of memory at 0x400000",
			config(inOrder()).withModule(ImageSource.of("big", new byte[4 << 20])));
		assertTrue(hypervisor.made.isEmpty());
	}

	private static void assertRefused(Category category, String message, MachineConfig config) {
		BootException e = assertThrows(BootException.class, () -> Machine.create(config));
		assertEquals(message, e.getMessage());
		assertEquals(category, e.category());
	}
}
