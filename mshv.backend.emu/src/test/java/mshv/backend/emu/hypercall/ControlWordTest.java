package mshv.backend.emu.hypercall;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.DispatchVpInput;
import mshv.api.abi.HypercallControl;
import mshv.api.abi.HypercallResult;
import mshv.api.abi.PartitionPropertyInput;
import mshv.backend.emu.Root;

/** What the hypervisor refuses before it looks at a call's input. */
class ControlWordTest {
	private final Root root = new Root();
	private final long input = root.input.address();
	private final long output = root.output.address();

	@AfterEach
	void close() {
		root.close();
	}

	private HvStatus call(long control, long in, long out) {
		return HvStatus.of(HypercallResult.status(root.hypervisor.hypercall(control, in, out)));
	}

	@Test
	void unknownCodesAreRefused() {
		assertEquals(HvStatus.INVALID_HYPERCALL_CODE, call(0x1FF, input, output));
		assertEquals(HvStatus.INVALID_HYPERCALL_CODE, call(0xFFFF, input, output));
		assertEquals(HvStatus.INVALID_HYPERCALL_CODE, call(0, input, output));
	}

	@Test
	void reservedBitsAreRefused() {
		for (int bit : new int[] {27, 30, 31, 44, 47, 60, 63}) {
			assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(CallCode.GET_SYSTEM_PROPERTY | 1L << bit, input, output), "bit " + bit);
			assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(CallCode.DISPATCH_VP | 1L << bit, input, output), "bit " + bit);
		}
	}

	@Test
	void repetitionsMustFitTheCall() {
		long repeated = HypercallControl.repetitions(CallCode.GET_SYSTEM_PROPERTY, 1, 0);
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(repeated, input, output));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(HypercallControl.simple(CallCode.DEPOSIT_MEMORY, 0), input, output));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(HypercallControl.repetitions(CallCode.DEPOSIT_MEMORY, 2, 2), input, output));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(HypercallControl.simple(CallCode.GET_SYSTEM_PROPERTY, 8), input, output));
		assertEquals(HvStatus.INVALID_ALIGNMENT, call(HypercallControl.repetitions(CallCode.DEPOSIT_MEMORY, 512, 0), input, output),
			"511 page numbers fit the page");
	}

	@Test
	void fastCallsNeedFewInputAndNoOutput() {
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(HypercallControl.fast(CallCode.GET_SYSTEM_PROPERTY), 15, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(HypercallControl.fast(CallCode.CREATE_VP), 15, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, call(HypercallControl.fast(CallCode.DISPATCH_VP), 15, 0));
		assertEquals(HvStatus.INVALID_PARTITION_ID, root.fast(CallCode.INITIALIZE_PARTITION, 12345, 0));
	}

	@Test
	void pagesMustBeAlignedAndNotCrossed() {
		long control = HypercallControl.simple(CallCode.GET_SYSTEM_PROPERTY, 0);
		assertEquals(HvStatus.INVALID_ALIGNMENT, call(control, input + 4, output));
		assertEquals(HvStatus.INVALID_ALIGNMENT, call(control, input, output + 1));
		assertEquals(HvStatus.INVALID_ALIGNMENT, call(control, input + 4088, output));
		assertEquals(HvStatus.INVALID_PARAMETER, call(control, 0, output));
		assertEquals(HvStatus.INVALID_PARAMETER, call(control, input, 0));
		assertEquals(HvStatus.INVALID_PARAMETER, call(control, 1L << 47, output));
		assertEquals(HvStatus.INVALID_PARAMETER, call(control, Long.MIN_VALUE, output));
		assertEquals(HvStatus.INVALID_ALIGNMENT, call(CallCode.DISPATCH_VP, input + 4072, output));
		assertEquals(HvStatus.INVALID_PARAMETER, call(CallCode.DISPATCH_VP, input, 8));
	}

	@Test
	void theSchedulerIsTheRoots() {
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.GET_SYSTEM_PROPERTY, page -> page.set(JAVA_INT, 0,
			15)));
		assertEquals(4, root.output.get(JAVA_INT, 0));
		assertEquals(HvStatus.UNKNOWN_PROPERTY, root.simple(CallCode.GET_SYSTEM_PROPERTY, page -> page.set(
			JAVA_INT, 0, 99)));
		assertEquals(HvStatus.INVALID_PARAMETER, root.simple(CallCode.GET_SYSTEM_PROPERTY, page -> page.set(
			JAVA_LONG, 0, 15 | 1L << 32)), "reserved");
	}

	@Test
	void dispatchChecksItsInput() {
		long partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		new DispatchVpInput(partition + 1, 0, 0, 0, 0).encode(root.input);
		assertEquals(HvStatus.INVALID_PARTITION_ID, call(CallCode.DISPATCH_VP, input, output));
		new DispatchVpInput(-1, 0, 0, 0, 0).encode(root.input);
		assertEquals(HvStatus.ACCESS_DENIED, call(CallCode.DISPATCH_VP, input, output));
		for (int vp : new int[] {1, 255, 256, -1, -2, Integer.MIN_VALUE}) {
			new DispatchVpInput(partition, vp, 0, 0, 0).encode(root.input);
			assertEquals(HvStatus.INVALID_VP_INDEX, call(CallCode.DISPATCH_VP, input, output));
		}
		new DispatchVpInput(partition, 0, 0x80, 0, 0).encode(root.input);
		assertEquals(HvStatus.INVALID_PARAMETER, call(CallCode.DISPATCH_VP, input, output));
	}

	@Test
	void whateverTheInputNoCallThrows() {
		long partition = root.partition(Root.STANDARD);
		root.createVp(partition, 0);
		Random random = new Random(42);
		// Calls that take addresses are left out: a root that lies about its memory is beyond help
		int[] codes = {CallCode.CREATE_PARTITION, CallCode.INITIALIZE_PARTITION, CallCode.FINALIZE_PARTITION,
			CallCode.GET_PARTITION_PROPERTY, CallCode.SET_PARTITION_PROPERTY, CallCode.UNMAP_GPA_PAGES, CallCode.INSTALL_INTERCEPT, CallCode.CREATE_VP,
			CallCode.GET_VP_REGISTERS, CallCode.SET_VP_REGISTERS, CallCode.TRANSLATE_VIRTUAL_ADDRESS, CallCode.ASSERT_VIRTUAL_INTERRUPT,
			CallCode.MAP_VP_STATE_PAGE, CallCode.UNMAP_VP_STATE_PAGE, CallCode.DISPATCH_VP, CallCode.GET_SYSTEM_PROPERTY,
			CallCode.MAP_STATS_PAGE, CallCode.UNMAP_STATS_PAGE};
		for (int i = 0; i < 50_000; i++) {
			for (int at = 0; at < 512; at += 8) {
				root.input.set(JAVA_LONG, at, random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(16));
			}
			if (random.nextBoolean()) {
				root.input.set(JAVA_LONG, 0, partition);
			}
			long control = codes[random.nextInt(codes.length)] | (long) random.nextInt(5) << 32 | (long) random.nextInt(3) << 48;
			HvStatus status = call(control, input, output);
			if (status == HvStatus.OPERATION_FAILED) {
				throw new AssertionError("control " + Long.toHexString(control));
			}
		}
		assertEquals(HvStatus.UNKNOWN_PROPERTY, root.simple(CallCode.GET_PARTITION_PROPERTY, new PartitionPropertyInput(-1, 1)::encode));
	}
}
