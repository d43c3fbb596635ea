package mshv.core.common;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.function.Supplier;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.api.HypervisorException;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.abi.CallCode;
import mshv.api.abi.DepositMemoryInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.WithdrawMemoryInput;
import mshv.api.driver.HypercallClient;
import mshv.api.driver.RepException;
import mshv.api.hypercall.HypercallInterface;

/** Makes hypercalls with pages from a pool. */
final class PooledHypercallClient implements HypercallClient, AutoCloseable {
	/** Most page numbers that fit into the input page after the partition id. */
	static final int DEPOSIT_BATCH = (PagePair.PAGE_SIZE - DepositMemoryInput.SIZE) / Long.BYTES;
	/** Most page numbers that fit into the output page. */
	static final int WITHDRAW_BATCH = PagePair.PAGE_SIZE / Long.BYTES;
	/** HV_PARTITION_ID_SELF: the root. */
	static final long SELF = -1;

	/** Pages to deposit on an ordinary shortage: few calls, little waste. */
	private static final int SHORTAGE_PAGES = 256;
	/** Pages to deposit when the hypervisor wants them in a row. */
	private static final int CONTIGUOUS_PAGES = 8;
	/** Most deposits in a row without progress: a hypervisor that asks for more would ask for ever. */
	private static final int MAX_DEPOSITS = 64;

	private static final byte[] NO_OUTPUT = {};

	private final String name;
	private final HypercallInterface hypervisor;
	private final Supplier<MemoryLimits> limits;
	private final PagePool pool = new PagePool();
	private final DepositedMemory deposited = new DepositedMemory();

	/** @param limits as they are whenever memory is deposited */
	PooledHypercallClient(String name, HypercallInterface hypervisor, Supplier<MemoryLimits> limits) {
		this.name = name;
		this.hypervisor = hypervisor;
		this.limits = limits;
	}

	@Override
	public String hypervisor() {
		return name;
	}

	@Override
	public void call(int code, int variableHeader, Consumer<MemorySegment> input, Consumer<MemorySegment> output) {
		simple(code, variableHeader, 0, input, output);
	}

	@Override
	public void callWithDeposit(long partition, int code, Consumer<MemorySegment> input, Consumer<MemorySegment> output) {
		simple(code, 0, partition, input, output);
	}

	private void simple(int code, int variableHeader, long depositTo, Consumer<MemorySegment> input, Consumer<MemorySegment> output) {
		if (variableHeader < 0 || variableHeader >= PagePair.PAGE_SIZE || variableHeader % 8 != 0) {
			throw new IllegalArgumentException("variable header of " + variableHeader + " bytes");
		}
		long control = HypercallControl.simple(code, variableHeader);
		pool.lend(pages -> {
			prepare(pages, input);
			for (int deposits = 0;; deposits++) {
				int status = status(code, issue(control, pages, output != null));
				if (status == HvStatus.SUCCESS.code()) {
					break;
				}
				HypervisorException refusal = deposits == MAX_DEPOSITS ? refused(code, status) : meetShortage(code, status, depositTo);
				if (refusal != null) {
					throw refusal;
				}
			}
			if (output != null) {
				output.accept(pages.output());
			}
		});
	}

	@Override
	public void repeat(int code, int count, int batch, long depositTo, BatchInput input, BatchOutput output) {
		if (count < 1 || batch < 1 || batch > HypercallControl.MAX_REPETITIONS) {
			throw new IllegalArgumentException(count + " repetitions in batches of " + batch);
		}
		for (int left = count; left > 0; left -= batch) {
			repeatBatch(code, count - left, Math.min(batch, left), depositTo, input, output);
		}
	}

	private void repeatBatch(int code, int first, int count, long depositTo, BatchInput input, BatchOutput output) {
		pool.lend(pages -> {
			prepare(pages, page -> input.write(page, first, count));
			int done = 0;
			int status = HvStatus.SUCCESS.code();
			HypervisorException refusal = null;
			for (int deposits = 0; done < count && refusal == null; deposits++) {
				long result = issue(HypercallControl.repetitions(code, count, done), pages, output != null);
				status = status(code, result);
				int completed = HypercallResult.completed(result);
				if (completed < done || completed > count || status == HvStatus.SUCCESS.code() && completed == done) {
					status = HvStatus.OPERATION_FAILED.code();
					break;
				}
				if (completed > done) {
					done = completed;
					deposits = 0;
				}
				if (status != HvStatus.SUCCESS.code()) {
					refusal = deposits == MAX_DEPOSITS ? refused(code, status) : meetShortage(code, status, depositTo);
				}
			}
			if (output != null && done > 0) {
				output.read(pages.output(), first, done);
			}
			if (done < count) {
				RepException partial = new RepException(describe(code, status), HvStatus.of(status), first + done);
				partial.initCause(refusal);
				throw partial;
			}
		});
	}

	@Override
	public PassThroughResult passThrough(long target, PassThroughCall call) {
		if (call.reps() > HypercallControl.MAX_REPETITIONS) {
			// The control word has no room for it: what the hypervisor says of bits that it does not know
			return new PassThroughResult(HvStatus.INVALID_HYPERCALL_INPUT.code(), 0, NO_OUTPUT);
		}
		PassThroughResult[] result = new PassThroughResult[1];
		pool.lend(pages -> {
			prepare(pages, page -> {
				MemorySegment.copy(call.input(), 0, page, JAVA_BYTE, 0, call.input().length);
				page.set(JAVA_LONG_UNALIGNED, 0, target);
			});
			// The only call whose caller says how much of the page he gets: what an earlier call left there is not for him
			pages.output().asSlice(0, call.outputSize()).fill((byte) 0);
			result[0] = passThrough(target, call, pages);
		});
		return result[0];
	}

	private PassThroughResult passThrough(long target, PassThroughCall call, PagePair pages) {
		int done = 0;
		for (int deposits = 0;; deposits++) {
			long control = call.reps() == 0 ? HypercallControl.simple(call.code(), 0)
				: HypercallControl.repetitions(call.code(), call.reps(), done);
			long answer = issue(control, pages, call.outputSize() != 0);
			int status = status(call.code(), answer);
			int completed = HypercallResult.completed(answer);
			boolean progress = completed > done;
			if (completed < done || completed > call.reps()) {
				return new PassThroughResult(HvStatus.OPERATION_FAILED.code(), done, NO_OUTPUT);
			}
			done = completed;
			if (status == HvStatus.SUCCESS.code()) {
				if (done == call.reps()) {
					return new PassThroughResult(status, done, pages.output().asSlice(0, call.outputSize()).toArray(JAVA_BYTE));
				}
				if (!progress) {
					return new PassThroughResult(HvStatus.OPERATION_FAILED.code(), done, NO_OUTPUT);
				}
			} else {
				deposits = progress ? 0 : deposits;
				if (deposits == MAX_DEPOSITS || meetShortage(call.code(), status, target) != null) {
					// The shortage itself is the answer, not why it could not be met
					return new PassThroughResult(status, done, NO_OUTPUT);
				}
			}
		}
	}

	@Override
	public HvStatus fast(int code, long input0, long input1) {
		return HvStatus.of(status(code, hypervisor.hypercall(HypercallControl.fast(code), input0, input1)));
	}

	@Override
	public HvStatus fastWithDeposit(long partition, int code, long input0, long input1) {
		for (int deposits = 0;; deposits++) {
			HvStatus status = fast(code, input0, input1);
			if (status == HvStatus.SUCCESS || deposits == MAX_DEPOSITS || meetShortage(code, status.code(), partition) != null) {
				return status;
			}
		}
	}

	@Override
	public void deposit(long partition, int pages) {
		for (int left = pages; left > 0; left -= DEPOSIT_BATCH) {
			depositBlock(partition, Math.min(left, DEPOSIT_BATCH));
		}
	}

	private void depositBlock(long partition, int pages) {
		long firstPage = allocate(partition, pages);
		try {
			repeat(CallCode.DEPOSIT_MEMORY, pages, DEPOSIT_BATCH, 0, (page, first, count) -> {
				new DepositMemoryInput(partition).encode(page);
				for (int i = 0; i < count; i++) {
					page.set(JAVA_LONG_UNALIGNED, DepositMemoryInput.SIZE + 8L * i, firstPage + first + i);
				}
			}, null);
		} catch (RepException e) {
			for (int i = e.completed(); i < pages; i++) {
				deposited.release(firstPage + i);
			}
			throw new HypervisorException("depositing " + pages + " pages to partition " + partition, e.status());
		}
	}

	private long allocate(long partition, int pages) {
		long allowed = allowance(partition);
		if (pages > allowed) {
			throw new HypervisorException("partition " + partition + " is to have " + pages + " more pages, the limits leave "
				+ Math.max(allowed, 0), Errno.ENOMEM);
		}
		try {
			return deposited.allocate(partition, pages);
		} catch (OutOfMemoryError e) {
			HypervisorException shortage = new HypervisorException("no memory for " + pages + " pages to deposit", Errno.ENOMEM);
			shortage.initCause(e);
			throw shortage;
		}
	}

	@Override
	public int withdrawAll(long partition) {
		int[] withdrawn = new int[1];
		pool.lend(pages -> {
			int status;
			do {
				prepare(pages, new WithdrawMemoryInput(partition, 0)::encode);
				long result = issue(HypercallControl.repetitions(CallCode.WITHDRAW_MEMORY, WITHDRAW_BATCH, 0), pages, true);
				status = status(CallCode.WITHDRAW_MEMORY, result);
				int completed = Math.min(HypercallResult.completed(result), WITHDRAW_BATCH);
				for (int i = 0; i < completed; i++) {
					deposited.release(pages.output().get(JAVA_LONG_UNALIGNED, 8L * i));
				}
				withdrawn[0] += completed;
				if (completed == 0 && status == HvStatus.SUCCESS.code()) {
					status = HvStatus.NO_RESOURCES.code();
				}
			} while (status == HvStatus.SUCCESS.code());
			// The pool is empty: the only way to learn it
			if (status != HvStatus.NO_RESOURCES.code()) {
				throw refused(CallCode.WITHDRAW_MEMORY, status);
			}
		});
		return withdrawn[0];
	}

	/** Frees the pages of calls, and what the hypervisor gives back of what is deposited. The rest stays allocated: only the hypervisor
	 * can say that it has finished with a page. */
	@Override
	public void close() {
		for (long partition : deposited.partitions()) {
			try {
				withdrawAll(partition);
			} catch (HypervisorException e) {
				// The partition has gone without giving its pages back
			}
		}
		pool.close();
	}

	/** @return pages that are with the hypervisor */
	int depositedPages() {
		return deposited.pages();
	}

	/** The input is zero wherever it is not written, so no reserved field can carry anything over from an earlier call. */
	private static void prepare(PagePair pages, Consumer<MemorySegment> input) {
		pages.input().fill((byte) 0);
		input.accept(pages.input());
	}

	private long issue(long control, PagePair pages, boolean output) {
		return hypervisor.hypercall(control, pages.input().address(), output ? pages.output().address() : 0);
	}

	/** Deposits what a status asks for.
	 * @return null if that is done; else the refusal, whose cause says why there is no memory */
	private HypervisorException meetShortage(int code, int status, long depositTo) {
		HypervisorException refusal = refused(code, status);
		if (depositTo == 0) {
			return refusal;
		}
		try {
			switch (refusal.status()) {
				case INSUFFICIENT_MEMORY -> depositSome(depositTo);
				case INSUFFICIENT_CONTIGUOUS_MEMORY -> deposit(depositTo, CONTIGUOUS_PAGES);
				case INSUFFICIENT_ROOT_MEMORY -> depositSome(SELF);
				case INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY -> deposit(SELF, CONTIGUOUS_PAGES);
				default -> {
					return refusal;
				}
			}
		} catch (HypervisorException e) {
			refusal.initCause(e);
			return refusal;
		}
		return null;
	}

	/** Deposits as much as is usual on a shortage, or what the limits leave of it. */
	private void depositSome(long partition) {
		deposit(partition, Math.clamp(allowance(partition), 1, SHORTAGE_PAGES));
	}

	/** @return pages that may be deposited to a partition */
	private long allowance(long partition) {
		MemoryLimits now = limits.get();
		long own = partition == SELF || now.partitionPages() == MemoryLimits.NONE ? MemoryLimits.NONE
			: now.partitionPages() - deposited.pages(partition);
		return now.totalPages() == MemoryLimits.NONE ? own : Math.min(own, now.totalPages() - deposited.pages());
	}

	private static int status(int code, long result) {
		if (result == HypercallResult.IMPOSSIBLE) {
			throw new HypervisorException(CallName.of(code) + ": no hypercalls on this machine", Errno.EOPNOTSUPP);
		}
		return HypercallResult.status(result);
	}

	private static HypervisorException refused(int code, int status) {
		return new HypervisorException(describe(code, status), HvStatus.of(status));
	}

	private static String describe(int code, int status) {
		return CallName.of(code) + ": status 0x" + Integer.toHexString(status);
	}
}
