package mshv.core.root;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

import mshv.api.abi.VpSignalPairMessage;
import mshv.api.driver.MessageReceiver;
import mshv.api.driver.Synic;

/** Offers messages to every handler. */
final class FakeSynic implements Synic {
	final List<MessageHandler> handlers = new CopyOnWriteArrayList<>();

	final Map<Integer, Runnable> ports = new ConcurrentHashMap<>();
	private int lastPort;

	@Override
	public String hypervisor() {
		return "fake";
	}

	@Override
	public AutoCloseable addMessageHandler(int priority, MessageHandler handler) {
		handlers.add(handler);
		return () -> handlers.remove(handler);
	}

	/** @return true if a handler accepted the message */
	boolean post(Consumer<MemorySegment> message) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment slot = arena.allocate(256, 16);
			message.accept(slot);
			return handlers.stream().anyMatch(handler -> handler.accept(slot));
		}
	}

	void signal(long partition, int vp) {
		post(slot -> VpSignalPairMessage.encode(partition, vp, slot));
	}

	@Override
	public int doorbellSint() {
		return 5;
	}

	@Override
	public int allocatePort(Runnable doorbell) {
		ports.put(++lastPort, doorbell);
		return lastPort;
	}

	@Override
	public int portSint() {
		return 2;
	}

	@Override
	public int allocateMessagePort(MessageReceiver receiver) {
		return allocatePort(() -> receiver.receive(7, new byte[] {1}));
	}

	@Override
	public EventPort allocateEventPort(int flags, IntConsumer receiver) {
		return new EventPort(allocatePort(() -> receiver.accept(flags - 1)), 64);
	}

	@Override
	public void freePort(int id) {
		ports.remove(id);
	}
}
