package mshv.core.synic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.api.abi.CallCode;
import mshv.api.abi.EventRing;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.MessageHeader;
import mshv.api.abi.MessageType;
import mshv.api.abi.SyntheticMsr;
import mshv.api.driver.MessageReceiver;
import mshv.api.driver.Synic;
import mshv.api.hypercall.HypercallInterface;

/**
 * The root's SynIC of one hypervisor: one logical processor, the hypervisor's messages on SINT 0, messages and events of guests on SINT 2,
 * doorbells on SINT 5.
 */
final class RootSynic implements Synic, AutoCloseable {
	/** Vector of all SINTs: the hypervisor callback. */
	static final int CALLBACK_VECTOR = 0xF3;
	/** SINT of messages. */
	static final int MESSAGE_SINT = 0;
	/** SINT of ports: the one that VMBus has elsewhere. */
	static final int PORT_SINT = 2;
	/** SINT of doorbells. */
	static final int DOORBELL_SINT = 5;

	private static final int PAGE_SIZE = 4096;
	/** Bits 1-11 of SIMP, SIEFP and SIRBP keep their value. */
	private static final long PRESERVED = 0xFFE;
	private static final int FLAG_PENDING = 1;
	private static final VarHandle TYPE = JAVA_INT.varHandle();

	private final String name;
	private final HypercallInterface hypervisor;
	private final Arena arena = Arena.ofShared();
	private final BringUp bringUp = new BringUp();
	/** Held while messages are handled: a handler that was removed is not running once this was free. */
	private final ReentrantLock dispatch = new ReentrantLock();
	private final PortTable ports = new PortTable();
	private final MemorySegment messages = arena.allocate(PAGE_SIZE, PAGE_SIZE);
	private final MemorySegment slot = messages.asSlice((long) MESSAGE_SINT * InterceptMessage.SIZE, InterceptMessage.SIZE);
	private final MemorySegment portSlot = messages.asSlice((long) PORT_SINT * InterceptMessage.SIZE, InterceptMessage.SIZE);
	private final MemorySegment eventPage = arena.allocate(PAGE_SIZE, PAGE_SIZE);
	private final EventFlags eventFlags = new EventFlags(eventPage.asSlice((long) PORT_SINT * EventFlags.SIZE, EventFlags.SIZE));
	private final HandlerList handlers = new HandlerList();
	private DoorbellRing doorbells;

	private RootSynic(String name, HypercallInterface hypervisor) {
		this.name = name;
		this.hypervisor = hypervisor;
	}

	/** Brings a SynIC up; if a step fails, the earlier ones are undone. */
	static RootSynic bringUp(String name, HypercallInterface hypervisor) {
		RootSynic synic = new RootSynic(name, hypervisor);
		try {
			synic.bringUp();
			return synic;
		} catch (RuntimeException e) {
			try {
				synic.close();
			} catch (RuntimeException suppressed) {
				e.addSuppressed(suppressed);
			}
			throw e;
		}
	}

	private void bringUp() {
		// Before the SINTs: an interrupt with nobody to take it would be lost
		bringUp.step(() -> hypervisor.setInterruptHandler(this::interrupt), () -> hypervisor.setInterruptHandler(null));
		enablePage(SyntheticMsr.SIMP, messages.address());
		enablePage(SyntheticMsr.SIEFP, eventPage.address());
		findRing();
		enableSint(MESSAGE_SINT, 0);
		enableSint(PORT_SINT, 0);
		enableSint(DOORBELL_SINT, SyntheticMsr.SINT_AS_INTERCEPT);
		long control = hypervisor.readMsr(SyntheticMsr.SCONTROL);
		bringUp.step(() -> hypervisor.writeMsr(SyntheticMsr.SCONTROL, control | SyntheticMsr.ENABLE),
			() -> hypervisor.writeMsr(SyntheticMsr.SCONTROL, control & ~SyntheticMsr.ENABLE));
	}

	private void enablePage(int msr, long address) {
		long preserved = hypervisor.readMsr(msr) & PRESERVED;
		bringUp.step(() -> hypervisor.writeMsr(msr, address | preserved | SyntheticMsr.ENABLE), () -> hypervisor.writeMsr(msr, preserved));
	}

	/** The interrupt handler makes no EOI, so the SINTs end their interrupts themselves. */
	private void enableSint(int sint, long flags) {
		int msr = SyntheticMsr.SINT0 + sint;
		bringUp.step(() -> hypervisor.writeMsr(msr, CALLBACK_VECTOR | SyntheticMsr.SINT_AUTO_EOI | flags),
			() -> hypervisor.writeMsr(msr, CALLBACK_VECTOR | SyntheticMsr.SINT_MASKED));
	}

	/** The hypervisor gives the root its page of rings. Without one there are no doorbells, but messages work. */
	@SuppressWarnings("restricted")
	private void findRing() {
		long value;
		try {
			value = hypervisor.readMsr(SyntheticMsr.SIRBP);
		} catch (IllegalArgumentException e) {
			return;
		}
		long page = value & ~(PRESERVED | SyntheticMsr.ENABLE);
		if (page == 0) {
			return;
		}
		bringUp.step(() -> hypervisor.writeMsr(SyntheticMsr.SIRBP, value | SyntheticMsr.ENABLE),
			() -> hypervisor.writeMsr(SyntheticMsr.SIRBP, value & ~SyntheticMsr.ENABLE));
		MemorySegment rings = MemorySegment.ofAddress(page).reinterpret(PAGE_SIZE, arena, null);
		doorbells = new DoorbellRing(rings.asSlice((long) DOORBELL_SINT * EventRing.SIZE, EventRing.SIZE), this::notifyRingEmpty);
	}

	private void notifyRingEmpty() {
		hypervisor.hypercall(HypercallControl.fast(CallCode.NOTIFY_PORT_RING_EMPTY), DOORBELL_SINT, 0);
	}

	@Override
	public String hypervisor() {
		return name;
	}

	@Override
	public AutoCloseable addMessageHandler(int priority, MessageHandler handler) {
		HandlerList.Entry entry = handlers.add(priority, handler);
		return () -> {
			handlers.remove(entry);
			dispatch.lock();
			dispatch.unlock();
		};
	}

	@Override
	public int doorbellSint() {
		if (doorbells == null) {
			throw new HypervisorException("hypervisor " + name + " has no event rings", Errno.EOPNOTSUPP);
		}
		return DOORBELL_SINT;
	}

	@Override
	public int allocatePort(Runnable doorbell) {
		return ports.allocate(new Port(new Port.User.Doorbell(doorbell)));
	}

	@Override
	public int portSint() {
		return PORT_SINT;
	}

	@Override
	public int allocateMessagePort(MessageReceiver receiver) {
		return ports.allocate(new Port(new Port.User.Messages(receiver)));
	}

	@Override
	public EventPort allocateEventPort(int flags, IntConsumer receiver) {
		synchronized (eventFlags) {
			Port.User.Events events = new Port.User.Events(eventFlags.find(flags), flags, receiver);
			Port port = new Port(events);
			int id = ports.allocate(port);
			eventFlags.assign(port, events);
			return new EventPort(id, events.first());
		}
	}

	@Override
	public void freePort(int id) {
		Port port = ports.silence(id);
		if (port == null) {
			return;
		}
		switch (port.user()) {
			case Port.User.Doorbell _ -> drain(doorbells == null ? () -> {} : () -> doorbells.drain(ports));
			case Port.User.Messages _ -> drain(this::drainPortSlot);
			case Port.User.Events events -> {
				drain(eventFlags::drain);
				eventFlags.free(events.first());
			}
		}
		ports.free(id);
	}

	private void drain(Runnable drain) {
		dispatch.lock();
		try {
			drain.run();
		} finally {
			dispatch.unlock();
		}
	}

	/** Looks at everything that has this vector: the slot of SINT 0, then events and messages of guests. */
	private void interrupt(int vector) {
		if (vector != CALLBACK_VECTOR) {
			return;
		}
		dispatch.lock();
		try {
			while ((int) TYPE.getAcquire(slot, 0L) != MessageType.NONE) {
				// One that nobody accepts is dropped: left in place it would keep every later message from the root
				handle(slot);
				free(slot);
			}
			eventFlags.drain();
			drainPortSlot();
		} finally {
			dispatch.unlock();
		}
	}

	private void drainPortSlot() {
		for (int type = (int) TYPE.getAcquire(portSlot, 0L); type != MessageType.NONE; type = (int) TYPE.getAcquire(portSlot, 0L)) {
			MessageHeader header = MessageHeader.decode(portSlot);
			int size = Math.min(header.payloadSize(), (int) portSlot.byteSize() - MessageHeader.SIZE);
			byte[] payload = portSlot.asSlice(MessageHeader.SIZE, size).toArray(JAVA_BYTE);
			// Before it is handled: the next one may come meanwhile
			free(portSlot);
			ports.receive(header.sender(), type, payload);
		}
	}

	/** A handler's failure is its own: it stops neither the hypervisor's thread nor the messages that follow. */
	private void handle(MemorySegment message) {
		try {
			if (!ringDoorbells(message)) {
				handlers.offer(message);
			}
		} catch (RuntimeException | Error e) {
			Thread thread = Thread.currentThread();
			thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
		}
	}

	private boolean ringDoorbells(MemorySegment message) {
		if (doorbells == null || message.get(JAVA_INT_UNALIGNED, 0) != MessageType.SYNIC_SINT_INTERCEPT
				|| message.get(JAVA_INT_UNALIGNED, MessageHeader.SIZE) != DOORBELL_SINT) {
			return false;
		}
		doorbells.drain(ports);
		return true;
	}

	private void free(MemorySegment slot) {
		TYPE.setRelease(slot, 0L, MessageType.NONE);
		// The hypervisor sets the flag only while it sees a type: the slot must be seen empty before the flag is looked at
		VarHandle.fullFence();
		if ((slot.get(JAVA_BYTE, 5) & FLAG_PENDING) != 0) {
			hypervisor.writeMsr(SyntheticMsr.EOM, 0);
		}
	}

	/** Brings the SynIC down, in reverse order. When this returns no handler, doorbell or receiver is running. */
	@Override
	public void close() {
		try {
			bringUp.reverse();
		} finally {
			arena.close();
		}
	}
}
