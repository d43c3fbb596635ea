package mshv.run.client;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

import mshv.api.Register;
import mshv.api.abi.CallCode;
import mshv.api.abi.MshvCreatePartition;
import mshv.api.abi.MshvIoctl;
import mshv.api.abi.MshvUserMemRegion;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.VpRegistersInput;

/** A partition with a processor that is about to execute code of four pages at 0 in real mode. */
final class Machine implements AutoCloseable {
	static final int PAGE = 4096;
	static final int SIZE = 4 * PAGE;
	static final int CODE = 0x1000;

	final Device device;
	final int mshv;
	final int partition;
	final int processor;
	final MemorySegment memory;

	Machine(Device device, int... code) {
		this(device, device.map(-1, SIZE, Device.MAP_PRIVATE | Device.MAP_ANONYMOUS, 0), code);
	}

	/** @param memory {@link #SIZE} bytes */
	Machine(Device device, MemorySegment memory, int... code) {
		this.device = device;
		this.memory = memory;
		mshv = device.open("/dev/mshv", Device.O_RDWR);
		partition = device.ioctl(mshv, MshvIoctl.CREATE_PARTITION, MshvCreatePartition.SIZE, new MshvCreatePartition(3, 0, 0, 0, 0, 0)::encode);
		Device.require(partition);
		Device.require(device.ioctl(partition, MshvIoctl.INITIALIZE_PARTITION, 0));
		processor = device.ioctl(partition, MshvIoctl.CREATE_VP, 4, argument -> argument.set(JAVA_INT, 0, 0));
		Device.require(processor);
		for (int i = 0; i < code.length; i++) {
			memory.set(JAVA_BYTE, CODE + i, (byte) code[i]);
		}
		Device.require(setMemory(new MshvUserMemRegion(SIZE, 0, memory.address(), 3)));
		Device.require(setRegisters(new RegisterAssociation(Register.RIP.code(), CODE, 0), new RegisterAssociation(Register.RFLAGS.code(), 2, 0),
			new RegisterAssociation(Register.CS.code(), 0, 0x009B_0000_0000_FFFFL)));
	}

	int setMemory(MshvUserMemRegion region) {
		return device.ioctl(partition, MshvIoctl.SET_GUEST_MEMORY, MshvUserMemRegion.SIZE, region::encode);
	}

	/** @return status of the hypercall, or -errno */
	int setRegisters(RegisterAssociation... registers) {
		MemorySegment input = device.allocate(VpRegistersInput.SIZE + (long) registers.length * RegisterAssociation.SIZE);
		new VpRegistersInput(0, 0, 0).encode(input);
		for (int i = 0; i < registers.length; i++) {
			registers[i].encode(input.asSlice(VpRegistersInput.SIZE + (long) i * RegisterAssociation.SIZE));
		}
		return device.hypercall(processor, CallCode.SET_VP_REGISTERS, registers.length, input, null);
	}

	/** @param message 256 bytes @return the result */
	int run(MemorySegment message) {
		return device.ioctl(processor, MshvIoctl.RUN_VP, message);
	}

	/** Closes everything but its memory, in which a processor may still run. */
	void closeDescriptors() {
		device.close(processor);
		device.close(partition);
		device.close(mshv);
	}

	@Override
	public void close() {
		closeDescriptors();
		device.unmap(memory);
	}
}
