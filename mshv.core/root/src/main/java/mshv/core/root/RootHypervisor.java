package mshv.core.root;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.api.driver.EventBindings;
import mshv.api.driver.HypercallClient;
import mshv.api.driver.MessageReceiver;
import mshv.api.driver.Ports;
import mshv.api.driver.Synic;
import mshv.api.hypercall.HypercallInterface;

/** The driver of one hypervisor. */
final class RootHypervisor implements Hypervisor, Ports, AutoCloseable {
	/** HV_SCHEDULER_TYPE: from logical processors to the root, which decides which processor runs when. */
	private static final int FIRST_SCHEDULER = 1, ROOT_SCHEDULER = 4;
	/** Doorbells, which the SynIC handles itself, come before these. */
	private static final int SCHEDULER_PRIORITY = 1;
	private static final int ASYNC_PRIORITY = 2;
	private static final int INTERCEPT_PRIORITY = 3;

	private final Hypercalls calls;
	private final PassThrough passThrough;
	private final Synic synic;
	private final boolean dispatches;
	private final List<AutoCloseable> handlers = new ArrayList<>();
	/** For messages, which name partitions by id. */
	private final Map<Long, RootPartition> byId = new ConcurrentHashMap<>();
	private final List<RootPartition> open = new ArrayList<>();
	private EventBindings.Factory eventBindings;
	private boolean closed;

	/** @throws HypervisorException (EOPNOTSUPP) if the hypervisor has a scheduler that is not known */
	RootHypervisor(HypercallInterface hypervisor, HypercallClient client, Synic synic) {
		calls = new Hypercalls(hypervisor, client);
		passThrough = new PassThrough(calls);
		this.synic = synic;
		int scheduler = calls.schedulerType();
		if (scheduler < FIRST_SCHEDULER || scheduler > ROOT_SCHEDULER) {
			throw new HypervisorException("scheduler type " + scheduler, Errno.EOPNOTSUPP);
		}
		dispatches = scheduler == ROOT_SCHEDULER;
		handlers.add(synic.addMessageHandler(SCHEDULER_PRIORITY, new SchedulerMessages(byId::get)));
		handlers.add(synic.addMessageHandler(ASYNC_PRIORITY, new AsyncCompletionMessages(byId::get)));
		handlers.add(synic.addMessageHandler(INTERCEPT_PRIORITY, new InterceptMessages(byId::get)));
	}

	@Override
	public String backend() {
		return calls.hypervisor();
	}

	@Override
	public long getProperty(int property) {
		return calls.getProperty(Hypercalls.SELF, property);
	}

	@Override
	public byte[] getPropertyEx(int property, long argument) {
		return calls.getPropertyEx(Hypercalls.SELF, property, argument);
	}

	@Override
	public PassThroughResult passThrough(PassThroughCall call) {
		return passThrough.make(PassThrough.Handle.DEVICE, Hypercalls.SELF, call);
	}

	/** @return true if the root dispatches processors, false if the hypervisor schedules them itself */
	boolean dispatches() {
		return dispatches;
	}

	PassThrough passThrough() {
		return passThrough;
	}

	@Override
	public Partition createPartition(PartitionConfig config) {
		CreationFlags flags = CreationFlags.of(config);
		long id = calls.createPartition(flags);
		RootPartition partition = new RootPartition(this, calls, synic, id, flags.superPages());
		if (!add(partition)) {
			partition.close();
			throw gone();
		}
		return partition;
	}

	@Override
	public Connection receiveMessages(Partition sender, int connection, MessageReceiver receiver) {
		RootPartition own = own(sender);
		PortInfo info = new PortInfo(PortType.MESSAGE, synic.portSint(), PortInfo.ANY_VP, 0, 0);
		return connect(own, connection, 0,
			new PortConnection.Port(Hypercalls.SELF, synic.allocateMessagePort(receiver), synic::freePort, info));
	}

	@Override
	public Connection receiveEvents(Partition sender, int connection, int flags, IntConsumer receiver) {
		RootPartition own = own(sender);
		Synic.EventPort port = synic.allocateEventPort(flags, receiver);
		PortInfo info = new PortInfo(PortType.EVENT, synic.portSint(), PortInfo.ANY_VP, port.firstFlag(), flags);
		return connect(own, connection, 0, new PortConnection.Port(Hypercalls.SELF, port.id(), synic::freePort, info));
	}

	@Override
	public Connection connectMessages(Partition sender, int connection, Target target) {
		return connect(sender, connection, 0, target.partition(), new PortInfo(PortType.MESSAGE, target.sint(), target.vpIndex(), 0, 0));
	}

	@Override
	public Connection connectEvents(Partition sender, int connection, Target target, int firstFlag, int flags) {
		if (firstFlag < 0 || firstFlag > 0xFFFF || flags < 0 || flags > 0xFFFF) {
			throw new HypervisorException(flags + " event flags from " + firstFlag, HvStatus.INVALID_PARAMETER);
		}
		return connect(sender, connection, 0, target.partition(), new PortInfo(PortType.EVENT, target.sint(), target.vpIndex(), firstFlag, flags));
	}

	@Override
	public MonitoredConnection receiveMonitored(Partition sender, int connection, long address) {
		RootPartition own = own(sender);
		MemorySegment page = own.ports().takePage();
		// Nothing arrives at the port itself
		int port = synic.allocatePort(() -> {});
		IntConsumer free = id -> {
			synic.freePort(id);
			own.ports().givePage(page);
		};
		return new MonitoredPage(
			connect(own, connection, address, new PortConnection.Port(Hypercalls.SELF, port, free, PortInfo.monitor(page.address()))), page);
	}

	private record MonitoredPage(Connection connection, MemorySegment page) implements MonitoredConnection {
		@Override
		public void close() {
			connection.close();
		}
	}

	@Override
	public Connection connectMonitored(Partition sender, int connection, long address, Partition receiver, long receiverAddress) {
		return connect(sender, connection, address, receiver, PortInfo.monitor(receiverAddress));
	}

	private Connection connect(Partition sender, int connection, long address, Partition receiver, PortInfo info) {
		RootPartition own = own(sender);
		RootPartition owner = own(receiver);
		PartitionPorts ports = owner.ports();
		return connect(own, connection, address, new PortConnection.Port(owner.id(), ports.allocate(), ports::free, info));
	}

	private static Connection connect(RootPartition sender, int connection, long address, PortConnection.Port port) {
		return sender.ports().connect(new PortConnection.Sender(sender.id(), connection, address), port);
	}

	/** @throws HypervisorException (INVALID_PARTITION_ID) if the partition is not one of these */
	private RootPartition own(Partition partition) {
		RootPartition own = byId.get(partition.id());
		if (own == null) {
			throw gone();
		}
		return own;
	}

	private synchronized boolean add(RootPartition partition) {
		byId.put(partition.id(), partition);
		open.add(partition);
		partition.useEventBindings(eventBindings);
		return !closed;
	}

	/** No message finds the partition any more. */
	synchronized void remove(RootPartition partition) {
		byId.remove(partition.id(), partition);
		open.remove(partition);
	}

	@Override
	public synchronized List<Partition> partitions() {
		return List.copyOf(open);
	}

	synchronized void useEventBindings(EventBindings.Factory factory) {
		eventBindings = closed ? null : factory;
		open.forEach(partition -> partition.useEventBindings(factory));
	}

	/** Closes all partitions; processors that run are interrupted. */
	@Override
	public void close() {
		List<RootPartition> left;
		synchronized (this) {
			closed = true;
			left = List.copyOf(open);
		}
		left.forEach(RootPartition::close);
		// Whoever still holds this keeps nothing of the other pieces
		useEventBindings(null);
		List<AutoCloseable> added = List.copyOf(handlers);
		handlers.clear();
		for (AutoCloseable handler : added) {
			try {
				handler.close();
			} catch (Exception e) {
				throw new IllegalStateException("removing a message handler", e);
			}
		}
	}

	static HypervisorException gone() {
		return new HypervisorException("the partition is closed", HvStatus.INVALID_PARTITION_ID);
	}
}
