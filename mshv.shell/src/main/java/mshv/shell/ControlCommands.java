package mshv.shell;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import mshv.api.InterruptRequest;
import mshv.api.VpState;
import mshv.shell.guest.Guest;
import mshv.shell.guest.Guests;
import mshv.shell.guest.LocalApicState;
import mshv.shell.help.Completes;
import mshv.shell.help.Completes.Source;
import mshv.shell.status.CommandException;
import mshv.shell.text.Numbers;

/** Commands that change what a guest does. */
@Component(service = ControlCommands.class)
@GogoCommand(scope = "mshv", function = {"pause", "resume", "destroy", "interrupts"})
public final class ControlCommands {
	private final Guests guests;

	/** @param guests keeps the guests */
	@Activate
	public ControlCommands(@Reference Guests guests) {
		this.guests = guests;
	}

	private Guest find(String command, String... guest) throws CommandException {
		GuestArguments.atMost(command, 1, guest);
		return guests.find(guest.length == 0 ? "" : guest[0]);
	}

	/** Returns when the processors do not run any more. */
	@Descriptor("Pauses a guest.")
	public void pause(@Descriptor("[GUEST]") @Completes(Source.GUESTS) String... guest) throws CommandException, InterruptedException {
		find("pause", guest).pause();
	}

	/** Returns at once. */
	@Descriptor("Starts a guest, or has it go on.")
	public void resume(@Descriptor("[GUEST]") @Completes(Source.GUESTS) String... guest) throws CommandException {
		find("resume", guest).resume();
	}

	/** Ends a guest and frees what it has. */
	@Descriptor("Ends a guest and frees what it has.")
	public void destroy(@Descriptor("[GUEST]") @Completes(Source.GUESTS) String... guest) throws CommandException {
		guests.remove(find("destroy", guest));
	}

	/** @return the local APIC, or nothing if an interrupt was asserted */
	@Descriptor("Shows the local APIC of a processor, or asserts an interrupt.")
	public String interrupts(
			@Descriptor("NUMBER of the processor, default 0") @Parameter(names = {"-p", "--processor"}, absentValue = "0") String processor,
			@Descriptor("VECTOR to assert, 16 to 255") @Parameter(names = {"-a", "--assert"}, absentValue = "") String vector,
			@Descriptor("assert a non-maskable interrupt")
			@Parameter(names = "--nmi", presentValue = "true", absentValue = "false") boolean nmi,
			@Descriptor("[GUEST]") @Completes(Source.GUESTS) String... guest) throws CommandException {
		Guest found = find("interrupts", guest);
		int index = InspectCommands.processor(found, processor).index();
		if (nmi) {
			found.partition().assertInterrupt(new InterruptRequest(InterruptRequest.Type.NMI, 0, index, false, false));
		} else if (!vector.isEmpty()) {
			found.partition().assertInterrupt(InterruptRequest.fixed(Numbers.parse("vector", vector, 16, 255), index));
		} else {
			return LocalApicState.of(InspectCommands.processor(found, processor).getState(VpState.LAPIC)).text();
		}
		return null;
	}
}
