package mshv.backend.emu.guestcall;

import java.util.BitSet;

import mshv.api.HvStatus;
import mshv.backend.emu.guest.GuestInterface;

/** The processor that makes a hypercall, and its partition. Called on the processor's thread, within the instruction. */
public interface Caller {
	/** @return index of the processor */
	int index();

	/** @return what the guest is offered */
	GuestInterface guest();

	/** Posts a message through a connection of the partition.
	 * @param type a type that guests may send
	 * @param payload at most 240 bytes
	 * @return INVALID_CONNECTION_ID if it is no connection to a message port, else what the port says */
	HvStatus post(int connection, int type, byte[] payload);

	/** Signals an event through a connection of the partition.
	 * @param flag counted from the port's first one
	 * @return INVALID_CONNECTION_ID if it is no connection to an event port, else what the port says */
	HvStatus signal(int connection, int flag);

	/** Makes processors forget translations; none of them uses one any more when this processor executes its next instruction.
	 * @param targets indexes of processors; null for all
	 * @param pages linear addresses; null for everything */
	void flush(BitSet targets, long[] pages);

	/** Sends a fixed interrupt, edge triggered, to local APICs.
	 * @param targets indexes of processors; null for all
	 * @param vector 16 to 255 */
	void interrupt(BitSet targets, int vector);

	/** Lets a processor execute that waits for start-up.
	 * @return INVALID_VP_INDEX if there is none, INVALID_VP_STATE if it does not wait */
	HvStatus start(int index, StartContext context);

	/** @return index of the processor whose local APIC has an id, -1 if there is none */
	int indexOf(long apicId);

	/** Reads a register of this processor; its value is then in {@link #low} and {@link #high}. @return false if there is none */
	boolean readRegister(int name);

	/** @return bits 0-63 of the register read last */
	long low();

	/** @return bits 64-127 of the register read last */
	long high();

	/** Writes a register of this processor; it has its effect before the next instruction. */
	HvStatus writeRegister(int name, long low, long high);
}
