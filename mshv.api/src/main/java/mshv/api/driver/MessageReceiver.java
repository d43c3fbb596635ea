package mshv.api.driver;

import org.osgi.annotation.versioning.ConsumerType;

/** Takes the messages that arrive at a port of the root. */
@ConsumerType
@FunctionalInterface
public interface MessageReceiver {
	/** A message has arrived. Called on the hypervisor's threads, often in the middle of an instruction of the guest that sends: short, and
	 * never waiting for a processor.
	 * @param type HV_MESSAGE_TYPE that the sender gave, without bit 31
	 * @param payload at most 240 bytes, the receiver's own */
	void receive(int type, byte[] payload);
}
