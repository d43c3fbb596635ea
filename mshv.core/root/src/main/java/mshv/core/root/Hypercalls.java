package mshv.core.root;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

import mshv.api.CpuidQuery;
import mshv.api.CpuidResult;
import mshv.api.Errno;
import mshv.api.GpaAccess;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.InterceptResult;
import mshv.api.InterruptRequest;
import mshv.api.PartitionConfig;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.ConnectPortInput;
import mshv.api.abi.ConnectionInfo;
import mshv.api.abi.CpuidLeafInput;
import mshv.api.abi.CpuidValuesInput;
import mshv.api.abi.CreatePartitionInput;
import mshv.api.abi.CreatePortInput;
import mshv.api.abi.CreateVpInput;
import mshv.api.abi.DeletePortInput;
import mshv.api.abi.DisconnectPortInput;
import mshv.api.abi.DoorbellFlags;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptResultInput;
import mshv.api.abi.MapGpaPagesInput;
import mshv.api.abi.MapVpStatePageInput;
import mshv.api.abi.PageAccessStatesInput;
import mshv.api.abi.PartitionPropertyExInput;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.api.abi.PostMessageDirectInput;
import mshv.api.abi.ReadGpaInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.api.abi.SignalEventDirectInput;
import mshv.api.abi.SparsePageAccessInput;
import mshv.api.abi.StatsPageInput;
import mshv.api.abi.SystemPropertyInput;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.UnmapGpaPagesInput;
import mshv.api.abi.UnmapVpStatePageInput;
import mshv.api.abi.VpRegistersInput;
import mshv.api.abi.WriteGpaInput;
import mshv.api.driver.HypercallClient;
import mshv.api.driver.RepException;
import mshv.api.hypercall.HypercallInterface;

/** The hypercalls of the driver, one method each. A refusal is a {@link HypervisorException} with the hypercall's status. */
final class Hypercalls {
	/** HV_PARTITION_ID_SELF. */
	static final long SELF = -1;
	/** State page: registers. */
	static final int PAGE_REGISTERS = 0;
	/** State page: intercept message. */
	static final int PAGE_INTERCEPT = 1;

	/** Compatibility version 21H2. */
	private static final int COMPATIBILITY_VERSION = 0x609;
	/** HV_SYSTEM_PROPERTY_SCHEDULER_TYPE. */
	private static final int PROPERTY_SCHEDULER_TYPE = 15;
	/** HV_STATS_OBJECT_VP. */
	private static final int STATS_OBJECT_VP = 0x10002;
	private static final int PAGE_SIZE = 4096;
	private static final int PAGE_SHIFT = 12;

	/** Limit of the input page: the page numbers that fit after the fixed part. */
	private static final int MAP_BATCH = (PAGE_SIZE - MapGpaPagesInput.SIZE) / Long.BYTES;
	/** For latency only: no repetition has input, but one call should not take long. */
	private static final int UNMAP_BATCH = 512;
	/** Limit of the output page: values of 16 bytes. */
	private static final int GET_REGISTERS_BATCH = PAGE_SIZE / 16;
	/** Limit of the input page: names with values. */
	private static final int SET_REGISTERS_BATCH = (PAGE_SIZE - VpRegistersInput.SIZE) / RegisterAssociation.SIZE;

	/** Limit of the input page: 24 bytes for each question, which is more than the 16 that an answer takes of the output page. */
	private static final int CPUID_BATCH = (PAGE_SIZE - CpuidValuesInput.SIZE) / CpuidLeafInput.SIZE;
	/** Limit of the repetition count, which has 12 bits; the output page would hold one more. */
	private static final int ACCESS_STATES_BATCH = HypercallControl.MAX_REPETITIONS;
	/** Limit of the input page: the page numbers that fit after the fixed part. */
	private static final int HOST_ACCESS_BATCH = (PAGE_SIZE - SparsePageAccessInput.SIZE) / Long.BYTES;
	/** Most bytes of a property's value. */
	private static final int PROPERTY_EX_SIZE = 4072;
	/** Cache type of ordinary memory. */
	private static final long WRITE_BACK = 6;
	/** Offset of the data in the input of HVCALL_WRITE_GPA. */
	private static final long GPA_DATA = 32;

	private final HypercallInterface hypervisor;
	private final HypercallClient client;

	Hypercalls(HypercallInterface hypervisor, HypercallClient client) {
		this.hypervisor = hypervisor;
		this.client = client;
	}

	String hypervisor() {
		return client.hypervisor();
	}

	/** For the one call that is too frequent for a client: dispatching a processor. */
	HypercallInterface direct() {
		return hypervisor;
	}

	HypercallClient client() {
		return client;
	}

	int schedulerType() {
		int[] type = new int[1];
		client.call(CallCode.GET_SYSTEM_PROPERTY, 0, new SystemPropertyInput(PROPERTY_SCHEDULER_TYPE, 0)::encode,
			page -> type[0] = page.get(JAVA_INT_UNALIGNED, 0));
		return type[0];
	}

	long createPartition(CreationFlags flags) {
		PartitionConfig config = flags.config();
		long[] id = new long[1];
		client.callWithDeposit(SELF, CallCode.CREATE_PARTITION,
			new CreatePartitionInput(flags.bits(), 0, COMPATIBILITY_VERSION, config.disabledProcessorFeatures0(),
				config.disabledProcessorFeatures1(), config.disabledXsaveFeatures(), 0)::encode,
			page -> id[0] = page.get(JAVA_LONG_UNALIGNED, 0));
		return id[0];
	}

	/** Deposits what the call asks for; if it fails in the end, takes all of it back. */
	void initializePartition(long partition) {
		HvStatus status = client.fastWithDeposit(partition, CallCode.INITIALIZE_PARTITION, partition, 0);
		if (status != HvStatus.SUCCESS) {
			client.withdrawAll(partition);
			throw new HypervisorException("HVCALL_INITIALIZE_PARTITION", status);
		}
	}

	void finalizePartition(long partition) {
		fast("HVCALL_FINALIZE_PARTITION", CallCode.FINALIZE_PARTITION, partition, 0);
	}

	void deletePartition(long partition) {
		fast("HVCALL_DELETE_PARTITION", CallCode.DELETE_PARTITION, partition, 0);
	}

	private void fast(String name, int code, long input0, long input1) {
		HvStatus status = client.fast(code, input0, input1);
		if (status != HvStatus.SUCCESS) {
			throw new HypervisorException(name, status);
		}
	}

	long getProperty(long partition, int property) {
		long[] value = new long[1];
		client.call(CallCode.GET_PARTITION_PROPERTY, 0, new PartitionPropertyInput(partition, property)::encode,
			page -> value[0] = page.get(JAVA_LONG_UNALIGNED, 0));
		return value[0];
	}

	void setProperty(long partition, int property, long value) {
		client.callWithDeposit(partition, CallCode.SET_PARTITION_PROPERTY,
			new SetPartitionPropertyInput(partition, property, value)::encode, null);
	}

	void createVp(long partition, int vp) {
		client.callWithDeposit(partition, CallCode.CREATE_VP, new CreateVpInput(partition, vp, 0, 0, 0, 0)::encode, null);
	}

	void deleteVp(long partition, int vp) {
		fast("HVCALL_DELETE_VP", CallCode.DELETE_VP, partition, vp);
	}

	/** @return address of the page that the hypervisor shares */
	long mapStatePage(long partition, int vp, int type) {
		long[] page = new long[1];
		client.callWithDeposit(partition, CallCode.MAP_VP_STATE_PAGE, new MapVpStatePageInput(partition, vp, type, 0, 0, 0)::encode,
			output -> page[0] = output.get(JAVA_LONG_UNALIGNED, 0));
		return address(page[0]);
	}

	void unmapStatePage(long partition, int vp, int type) {
		client.call(CallCode.UNMAP_VP_STATE_PAGE, 0, new UnmapVpStatePageInput(partition, vp, type, 0)::encode, null);
	}

	/** @return address of the processor's page of counters */
	long mapStatsPage(long partition, int vp) {
		long[] page = new long[1];
		client.callWithDeposit(partition, CallCode.MAP_STATS_PAGE, new StatsPageInput(STATS_OBJECT_VP, partition, vp, 0, 0)::encode,
			output -> page[0] = output.get(JAVA_LONG_UNALIGNED, 0));
		return address(page[0]);
	}

	void unmapStatsPage(long partition, int vp) {
		client.call(CallCode.UNMAP_STATS_PAGE, 0, new StatsPageInput(STATS_OBJECT_VP, partition, vp, 0, 0)::encode, null);
	}

	private static long address(long page) {
		if (page == 0) {
			throw new HypervisorException("the hypervisor shared page 0", HvStatus.OPERATION_FAILED);
		}
		return page << PAGE_SHIFT;
	}

	List<RegisterValue> getRegisters(long partition, int vp, List<Register> registers) {
		RegisterValue[] values = new RegisterValue[registers.size()];
		repeat("HVCALL_GET_VP_REGISTERS", CallCode.GET_VP_REGISTERS, values.length, GET_REGISTERS_BATCH, 0, (page, first, count) -> {
			new VpRegistersInput(partition, vp, 0).encode(page);
			for (int i = 0; i < count; i++) {
				page.set(JAVA_INT_UNALIGNED, VpRegistersInput.SIZE + 4L * i, registers.get(first + i).code());
			}
		}, (page, first, count) -> {
			for (int i = 0; i < count; i++) {
				values[first + i] = new RegisterValue(page.get(JAVA_LONG_UNALIGNED, 16L * i), page.get(JAVA_LONG_UNALIGNED, 16L * i + 8));
			}
		});
		return Arrays.asList(values);
	}

	void setRegisters(long partition, int vp, List<RegisterAssociation> registers) {
		repeat("HVCALL_SET_VP_REGISTERS", CallCode.SET_VP_REGISTERS, registers.size(), SET_REGISTERS_BATCH, partition,
			(page, first, count) -> {
				new VpRegistersInput(partition, vp, 0).encode(page);
				for (int i = 0; i < count; i++) {
					registers.get(first + i).encode(page.asSlice(VpRegistersInput.SIZE + (long) i * RegisterAssociation.SIZE));
				}
			}, null);
	}

	Translation translate(long partition, int vp, long address, long flags) {
		TranslateVirtualAddressOutput[] output = new TranslateVirtualAddressOutput[1];
		client.call(CallCode.TRANSLATE_VIRTUAL_ADDRESS, 0,
			new TranslateVirtualAddressInput(partition, vp, flags, address >>> PAGE_SHIFT)::encode,
			page -> output[0] = TranslateVirtualAddressOutput.decode(page));
		Translation.Result[] results = Translation.Result.values();
		int result = output[0].result();
		if (result < 0 || result >= results.length) {
			throw new HypervisorException("translation result " + result, HvStatus.OPERATION_FAILED);
		}
		return new Translation(results[result], output[0].page() << PAGE_SHIFT | address & PAGE_SIZE - 1);
	}

	void installIntercept(long partition, int access, int type, long parameter) {
		client.callWithDeposit(partition, CallCode.INSTALL_INTERCEPT,
			new InstallInterceptInput(partition, access, type, parameter)::encode, null);
	}

	void assertInterrupt(long partition, InterruptRequest request) {
		if (request.vector() < 0 || request.vector() > 0xFF) {
			throw new HypervisorException("vector " + request.vector(), Errno.EINVAL);
		}
		int flags = (request.levelTriggered() ? 1 : 0) | (request.logical() ? 2 : 0);
		client.call(CallCode.ASSERT_VIRTUAL_INTERRUPT, 0, new AssertVirtualInterruptInput(partition, request.type().ordinal(), flags,
			request.destination(), request.vector(), 0)::encode, null);
	}

	byte[] getPropertyEx(long partition, int property, long argument) {
		byte[][] value = new byte[1][];
		client.call(CallCode.GET_PARTITION_PROPERTY_EX, 0, new PartitionPropertyExInput(partition, property, argument)::encode,
			page -> value[0] = page.asSlice(0, PROPERTY_EX_SIZE).toArray(JAVA_BYTE));
		return value[0];
	}

	void registerInterceptResult(long partition, int vp, InterceptResult result) {
		client.callWithDeposit(partition, CallCode.REGISTER_INTERCEPT_RESULT,
			page -> InterceptResultInput.encode(partition, vp, result, page), null);
	}

	void clearVirtualInterrupt(long partition) {
		fast("HVCALL_CLEAR_VIRTUAL_INTERRUPT", CallCode.CLEAR_VIRTUAL_INTERRUPT, partition, 0);
	}

	boolean signalEventDirect(long partition, int vp, int sint, int flag) {
		boolean[] fresh = new boolean[1];
		client.call(CallCode.SIGNAL_EVENT_DIRECT, 0, new SignalEventDirectInput(partition, vp, 0, sint, flag)::encode,
			page -> fresh[0] = page.get(JAVA_BYTE, 0) != 0);
		return fresh[0];
	}

	void postMessageDirect(long partition, int vp, int sint, byte[] message) {
		client.call(CallCode.POST_MESSAGE_DIRECT, 0, new PostMessageDirectInput(partition, vp, 0, sint, message)::encode, null);
	}

	List<CpuidResult> cpuidValues(long partition, int vp, List<CpuidQuery> queries, int flags) {
		CpuidResult[] results = new CpuidResult[queries.size()];
		repeat("HVCALL_GET_VP_CPUID_VALUES", CallCode.GET_VP_CPUID_VALUES, results.length, CPUID_BATCH, 0, (page, first, count) -> {
			new CpuidValuesInput(partition, vp, flags).encode(page);
			for (int i = 0; i < count; i++) {
				CpuidQuery query = queries.get(first + i);
				new CpuidLeafInput(query.leaf(), query.subleaf(), query.xfem(), query.xss())
					.encode(page.asSlice(CpuidValuesInput.SIZE + (long) CpuidLeafInput.SIZE * i));
			}
		}, (page, first, count) -> {
			for (int i = 0; i < count; i++) {
				results[first + i] = new CpuidResult(page.get(JAVA_INT_UNALIGNED, 16L * i), page.get(JAVA_INT_UNALIGNED, 16L * i + 4),
					page.get(JAVA_INT_UNALIGNED, 16L * i + 8), page.get(JAVA_INT_UNALIGNED, 16L * i + 12));
			}
		});
		return Arrays.asList(results);
	}

	GpaAccess readGpa(long partition, int vp, long address, int size) {
		GpaAccess[] access = new GpaAccess[1];
		client.call(CallCode.READ_GPA, 0, new ReadGpaInput(partition, vp, size, address, WRITE_BACK)::encode, page -> {
			GpaAccess.Result result = gpaResult(page.get(JAVA_INT_UNALIGNED, 0));
			access[0] = new GpaAccess(result, result == GpaAccess.Result.SUCCESS ? page.asSlice(8, size).toArray(JAVA_BYTE) : new byte[0]);
		});
		return access[0];
	}

	GpaAccess.Result writeGpa(long partition, int vp, long address, byte[] data) {
		GpaAccess.Result[] result = new GpaAccess.Result[1];
		client.call(CallCode.WRITE_GPA, 0, page -> {
			new WriteGpaInput(partition, vp, data.length, address, WRITE_BACK, 0, 0).encode(page);
			MemorySegment.copy(data, 0, page, JAVA_BYTE, GPA_DATA, data.length);
		}, page -> result[0] = gpaResult(page.get(JAVA_INT_UNALIGNED, 0)));
		return result[0];
	}

	private static GpaAccess.Result gpaResult(int code) {
		GpaAccess.Result[] results = GpaAccess.Result.values();
		if (code < 0 || code >= results.length) {
			throw new HypervisorException("result " + code + " of an access to guest memory", HvStatus.OPERATION_FAILED);
		}
		return results[code];
	}

	/** Reads what is noted of pages, then changes it.
	 * @param states takes the state of a page, bit 0 accessed, bit 1 dirty */
	void pageAccessStates(long partition, long flags, long firstPage, int count, PageStates states) {
		repeat("HVCALL_GET_GPA_PAGES_ACCESS_STATES", CallCode.GET_GPA_PAGES_ACCESS_STATES, count, ACCESS_STATES_BATCH, 0,
			(page, first, _) -> new PageAccessStatesInput(partition, flags, firstPage + first).encode(page),
			(page, first, done) -> {
				for (int i = 0; i < done; i++) {
					states.accept(first + i, page.get(JAVA_BYTE, i));
				}
			});
	}

	/** Takes the state of one page. */
	@FunctionalInterface
	interface PageStates {
		/** @param page number, counted from the first @param state bit 0 accessed, bit 1 dirty */
		void accept(int page, int state);
	}

	/** Gives the root access to pages of its own, or takes it away. @param access bits 0 readable, 1 writable */
	void modifyHostAccess(int code, int access, int flags, long partition, long[] hostPages) {
		repeat("HVCALL_ACQUIRE_SPARSE_SPA_PAGE_HOST_ACCESS", code, hostPages.length, HOST_ACCESS_BATCH, 0, (page, first, count) -> {
			new SparsePageAccessInput(access, flags, partition).encode(page);
			for (int i = 0; i < count; i++) {
				page.set(JAVA_LONG_UNALIGNED, SparsePageAccessInput.SIZE + 8L * i, hostPages[first + i]);
			}
		}, null);
	}

	/** @param owner partition where what is sent arrives
	 * @param sender partition that may connect to it */
	void createPort(long owner, int id, long sender, PortInfo info) {
		client.callWithDeposit(sender, CallCode.CREATE_PORT, new CreatePortInput(owner, id, 0, 0, sender, info, 0)::encode, null);
	}

	/** @param connection id by which the sender names the connection */
	void connectPort(long sender, int connection, long owner, int id, ConnectionInfo info) {
		client.callWithDeposit(sender, CallCode.CONNECT_PORT, new ConnectPortInput(sender, connection, 0, owner, id, info, 0)::encode,
			null);
	}

	/** @param length bytes of the write, 0 for any
	 * @param match value of the write, empty for any */
	void connectDoorbell(int id, long guest, long address, int length, OptionalLong match) {
		long flags = DoorbellFlags.size(length) | (match.isEmpty() ? DoorbellFlags.ANY_VALUE : 0);
		connectPort(guest, id, SELF, id, new ConnectionInfo(PortType.DOORBELL, address, match.orElse(0), flags));
	}

	void disconnectPort(long sender, int connection, boolean doorbell) {
		fast("HVCALL_DISCONNECT_PORT", CallCode.DISCONNECT_PORT, sender, new DisconnectPortInput(sender, connection, doorbell).secondWord());
	}

	void deletePort(long owner, int id) {
		fast("HVCALL_DELETE_PORT", CallCode.DELETE_PORT, owner, new DeletePortInput(owner, id).secondWord());
	}

	/** Maps pages, completing what an earlier attempt left.
	 * @throws RepException if not all could be mapped; those before stay mapped */
	void mapPages(long partition, PageRun run, int flags) {
		client.repeat(CallCode.MAP_GPA_PAGES, run.count(), MAP_BATCH, partition, (page, first, count) -> {
			new MapGpaPagesInput(partition, run.guestPage(first), flags | run.mapFlag()).encode(page);
			for (int i = 0; i < count; i++) {
				page.set(JAVA_LONG_UNALIGNED, MapGpaPagesInput.SIZE + 8L * i, run.hostPage(first + i));
			}
		}, null);
	}

	void unmapPages(long partition, PageRun run) {
		repeat("HVCALL_UNMAP_GPA_PAGES", CallCode.UNMAP_GPA_PAGES, run.count(), UNMAP_BATCH, 0,
			(page, first, _) -> new UnmapGpaPagesInput(partition, run.guestPage(first), run.unmapFlag()).encode(page), null);
	}

	void withdrawAll(long partition) {
		client.withdrawAll(partition);
	}

	private void repeat(String name, int code, int count, int batch, long depositTo, HypercallClient.BatchInput input,
			HypercallClient.BatchOutput output) {
		try {
			client.repeat(code, count, batch, depositTo, input, output);
		} catch (RepException e) {
			throw new HypervisorException(name + " at " + e.completed() + " of " + count, e.status());
		}
	}
}
