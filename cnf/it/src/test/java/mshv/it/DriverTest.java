package mshv.it;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;
import org.osgi.util.tracker.ServiceTracker;

import mshv.api.Errno;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.api.MsiRoute;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.VpState;
import mshv.api.event.Event;
import mshv.api.event.EventFactory;

/** Guests run by the whole driver on the emulated hypervisor, while pieces of it come and go. */
@ExtendWith(BundleContextExtension.class)
@Timeout(120)
class DriverTest {
	private static final String EMULATED = "(&(objectClass=mshv.api.Hypervisor)(mshv.backend=emu))";
	private static final String DEVICE = "(&(objectClass=mshv.api.Hypervisor)(mshv.backend=auto))";
	private static final String EVENTS = "(objectClass=mshv.api.event.EventFactory)";
	private static final int CODE = 0x1000;
	private static final int HANDLER = 0x1100;
	private static final int COUNTER = 0x2000;
	private static final int VECTOR = 0x30;
	/** Counts at COUNTER for ever. */
	private static final byte[] COUNT = bytes(0xFE, 0x06, COUNTER & 0xFF, COUNTER >> 8, 0xEB, 0xFA);
	/** Waits for interrupts for ever. */
	private static final byte[] WAIT = bytes(0xFB, 0xF4, 0xEB, 0xFC);
	/** Writes to port 0x10 and returns from the interrupt. */
	private static final byte[] REPORT = bytes(0xE6, 0x10, 0xCF);

	@InjectBundleContext
	BundleContext context;

	private final Arena arena = Arena.ofShared();
	private final MemorySegment memory = arena.allocate(0x10000, 4096);
	private Partition partition;
	private VirtualProcessor processor;

	@AfterEach
	void free() {
		if (partition != null) {
			partition.close();
		}
		arena.close();
		// JUnit keeps instances of parameterized tests, and they would keep the backend's class loader
		partition = null;
		processor = null;
	}

	@Test
	void whoeverAsksForAnyHypervisorGetsTheDevice() throws Exception {
		service(EMULATED);
		service(DEVICE);
		assertEquals("auto", context.getService(context.getServiceReference(Hypervisor.class)).backend());
	}

	@ParameterizedTest
	@ValueSource(strings = {EMULATED, DEVICE})
	void aGuestAddsAndWritesToAPort(String backend) throws Exception {
		start((Hypervisor) service(backend), bytes(0xBA, 0xF8, 3, 0, 0xD8, 4, 0x30, 0xEE, 0xB0, 0, 0xEE, 0xF4));
		processor.setRegisters(Map.of(Register.RAX, RegisterValue.of(2), Register.RBX, RegisterValue.of(2)));
		Intercept.IoPort four = port();
		assertEquals(0x3F8, four.port());
		assertEquals('4', four.rax());
		assertTrue(four.header().write());
		assertEquals(four.header().rip(), processor.getRegister(Register.RIP));
		advance(four);
		Intercept.IoPort zero = port();
		assertEquals(0, zero.rax());
		advance(zero);
		assertInstanceOf(Intercept.Halt.class, processor.run());
		assertEquals(3, processor.statistics().intercepts());
		assertEquals(7, processor.statistics().instructions());
	}

	@Test
	void everyBlockOfStateComesBackAsItWas() throws Exception {
		start((Hypervisor) service(DEVICE), WAIT);
		for (VpState state : VpState.values()) {
			byte[] bytes = processor.getState(state);
			processor.setState(state, bytes);
			assertArrayEquals(bytes, processor.getState(state), state.name());
		}
	}

	@Test
	void anEventWakesAGuestThatWaits() throws Exception {
		BlockingQueue<Intercept> intercepts = new LinkedBlockingQueue<>();
		Thread runner = waitForInterrupts(intercepts);
		try (Event event = ((EventFactory) service(EVENTS)).create()) {
			partition.assignIrqfd(event, 5);
			partition.setMsiRouting(List.of(new MsiRoute(5, 0xFEE00000, 0, VECTOR)));
			for (int i = 0; i < 100; i++) {
				event.signal();
				assertInstanceOf(Intercept.IoPort.class, intercepts.poll(60, TimeUnit.SECONDS));
			}
			assertEquals(100, processor.statistics().interrupts());
			processor.interrupt();
			assertSame(Intercept.Interrupted.INSTANCE, intercepts.poll(60, TimeUnit.SECONDS));
		}
		runner.join();
	}

	@Test
	void interruptsByEventOutliveTheirPiece() throws Exception {
		BlockingQueue<Intercept> intercepts = new LinkedBlockingQueue<>();
		waitForInterrupts(intercepts);
		try (Event event = ((EventFactory) service(EVENTS)).create()) {
			partition.assignIrqfd(event, 5);
			partition.setMsiRouting(List.of(new MsiRoute(5, 0xFEE00000, 0, VECTOR)));
			Bundle eventfd = bundle("mshv.eventfd");
			eventfd.stop();
			assertEquals(Errno.EOPNOTSUPP, assertThrows(HypervisorException.class, () -> partition.setMsiRouting(List.of())).errno());
			event.signal();
			assertTrue(intercepts.isEmpty());
			eventfd.start();
			assertInstanceOf(Intercept.IoPort.class, intercepts.poll(60, TimeUnit.SECONDS));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = {"mshv.core.common", "mshv.core.synic", "mshv.core.root", "mshv.backend.emu"})
	void aPieceThatStopsEndsTheGuestAndReturnsForTheNextOne(String piece) throws Exception {
		service(EMULATED);
		Hypervisor device = (Hypervisor) service(DEVICE);
		start(device, COUNT);
		CompletableFuture<Intercept> end = CompletableFuture.supplyAsync(processor::run, task -> Thread.ofPlatform().start(task));
		awaitCounting();
		bundle(piece).stop();
		try {
			assertSame(Intercept.Interrupted.INSTANCE, end.get(60, TimeUnit.SECONDS));
			PartitionConfig config = PartitionConfig.standard();
			assertEquals(Errno.ENODEV, assertThrows(HypervisorException.class, processor::run).errno());
			assertEquals(Errno.ENODEV, assertThrows(HypervisorException.class, () -> device.createPartition(config)).errno());
		} finally {
			bundle(piece).start();
		}
		service(EMULATED);
		start(device, bytes(0xE6, 0x10));
		assertEquals(0x10, port().port());
	}

	@Test
	void closingAPartitionEndsItsGuest() throws Exception {
		start((Hypervisor) service(DEVICE), COUNT);
		CompletableFuture<Intercept> end = CompletableFuture.supplyAsync(processor::run, task -> Thread.ofPlatform().start(task));
		awaitCounting();
		partition.close();
		assertSame(Intercept.Interrupted.INSTANCE, end.get(60, TimeUnit.SECONDS));
	}

	/** A partition with memory at 0 and one processor in real mode at CODE. */
	private void start(Hypervisor hypervisor, byte[] code) {
		partition = hypervisor.createPartition(PartitionConfig.standard());
		partition.initialize();
		MemorySegment.copy(code, 0, memory, JAVA_BYTE, CODE, code.length);
		partition.mapMemory(MemoryRegion.ram(0, memory));
		processor = partition.createVirtualProcessor(0);
		Map<Register, RegisterValue> start = new LinkedHashMap<>();
		start.put(Register.CS, RegisterValue.segment(0, 0xFFFF, 0, 0x9B));
		start.put(Register.RIP, RegisterValue.of(CODE));
		start.put(Register.RSP, RegisterValue.of(0x8000));
		processor.setRegisters(start);
	}

	/** Starts a guest that reports each interrupt, on a thread of its own; the thread ends with the first other intercept. */
	private Thread waitForInterrupts(BlockingQueue<Intercept> intercepts) throws Exception {
		start((Hypervisor) service(DEVICE), WAIT);
		MemorySegment.copy(REPORT, 0, memory, JAVA_BYTE, HANDLER, REPORT.length);
		memory.set(JAVA_SHORT_UNALIGNED, VECTOR * 4, (short) HANDLER);
		byte[] apic = processor.getState(VpState.LAPIC);
		apic[16] = (byte) 0xFF;
		apic[17] |= 1;
		processor.setState(VpState.LAPIC, apic);
		return Thread.ofPlatform().start(() -> {
			Intercept intercept = processor.run();
			while (intercept instanceof Intercept.IoPort io) {
				advance(io);
				endInterrupt();
				intercepts.add(io);
				intercept = processor.run();
			}
			intercepts.add(intercept);
		});
	}

	/** What a guest does by a write to its APIC: here the interrupt in service is taken out of the state. */
	private void endInterrupt() {
		byte[] apic = processor.getState(VpState.LAPIC);
		Arrays.fill(apic, 20, 52, (byte) 0);
		processor.setState(VpState.LAPIC, apic);
	}

	private Intercept.IoPort port() {
		return assertInstanceOf(Intercept.IoPort.class, processor.run());
	}

	private void advance(Intercept.IoPort io) {
		processor.setRegister(Register.RIP, io.header().rip() + io.header().instructionLength());
	}

	private void awaitCounting() {
		while (memory.get(JAVA_BYTE, COUNTER) == 0) {
			Thread.onSpinWait();
		}
	}

	private Object service(String filter) throws InvalidSyntaxException, InterruptedException {
		ServiceTracker<Object, Object> tracker = new ServiceTracker<>(context, context.createFilter(filter), null);
		tracker.open();
		try {
			Object service = tracker.waitForService(60_000);
			assertNotNull(service, filter);
			return service;
		} finally {
			tracker.close();
		}
	}

	private Bundle bundle(String name) {
		return Arrays.stream(context.getBundles()).filter(bundle -> name.equals(bundle.getSymbolicName())).findFirst().orElseThrow();
	}

	private static byte[] bytes(int... values) {
		byte[] bytes = new byte[values.length];
		for (int i = 0; i < values.length; i++) {
			bytes[i] = (byte) values[i];
		}
		return bytes;
	}
}
