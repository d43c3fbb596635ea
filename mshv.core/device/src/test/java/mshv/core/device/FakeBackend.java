package mshv.core.device;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

import org.osgi.framework.ServiceReference;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.VirtualProcessor;

/** A backend whose partitions note what is asked of them; running a processor waits until the partition is closed. */
final class FakeBackend implements Hypervisor {
	final List<String> calls = Collections.synchronizedList(new ArrayList<>());
	final CountDownLatch running = new CountDownLatch(1);
	private final String name;
	private final long id;
	private final int ranking;

	FakeBackend(String name, long id, int ranking) {
		this.name = name;
		this.id = id;
		this.ranking = ranking;
	}

	@SuppressWarnings("unchecked")
	ServiceReference<Hypervisor> reference() {
		Map<String, Object> properties = Map.of(BACKEND, name, "service.id", id, "service.ranking", ranking);
		return (ServiceReference<Hypervisor>) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ServiceReference.class},
			(_, method, arguments) -> switch (method.getName()) {
				case "getProperty" -> properties.get(arguments[0]);
				case "getPropertyKeys" -> properties.keySet().toArray(String[]::new);
				case "compareTo" -> Integer.compare(ranking, (int) ((ServiceReference<?>) arguments[0]).getProperty("service.ranking"));
				case "hashCode" -> Long.hashCode(id);
				case "equals" -> arguments[0] instanceof ServiceReference<?> other && other.getProperty("service.id").equals(id);
				default -> throw new UnsupportedOperationException(method.getName());
			});
	}

	@Override
	public String backend() {
		return name;
	}

	@Override
	public long getProperty(int property) {
		return ranking;
	}

	@Override
	public byte[] getPropertyEx(int property, long argument) {
		return new byte[] {(byte) ranking};
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return new PassThroughResult(0, call.reps(), new byte[] {(byte) ranking});
	}

	@Override
	public Partition createPartition(PartitionConfig config) {
		CountDownLatch closed = new CountDownLatch(1);
		VirtualProcessor processor = (VirtualProcessor) Proxy.newProxyInstance(getClass().getClassLoader(),
			new Class<?>[] {VirtualProcessor.class}, (_, method, _) -> {
				if (method.getName().equals("index")) {
					return 0;
				}
				requireOpen(closed);
				calls.add(method.getName());
				if (method.getName().equals("run")) {
					running.countDown();
					closed.await();
					return Intercept.Interrupted.INSTANCE;
				}
				return null;
			});
		return (Partition) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Partition.class}, (_, method, _) -> {
			if (method.getName().equals("id")) {
				return id * 10;
			}
			if (method.getName().equals("close")) {
				calls.add("close");
				closed.countDown();
				return null;
			}
			requireOpen(closed);
			calls.add(method.getName());
			return switch (method.getName()) {
				case "createVirtualProcessor" -> processor;
				case "virtualProcessors" -> List.of(processor);
				case "getProperty" -> 42L;
				default -> null;
			};
		});
	}

	private void requireOpen(CountDownLatch closed) {
		if (closed.getCount() == 0) {
			throw new HypervisorException("closed", HvStatus.INVALID_PARTITION_ID);
		}
	}

	@Override
	public List<Partition> partitions() {
		return List.of();
	}
}
