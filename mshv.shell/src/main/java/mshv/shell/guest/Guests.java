package mshv.shell.guest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;
import mshv.vmm.Machine;

/** The guests of this process by their id. They end with this component. Any thread. */
@Component(service = Guests.class)
public final class Guests {
	private final MachineFactory machines;
	private final Map<String, Guest> guests = new LinkedHashMap<>();
	private int last;

	/** @param machines makes the machines */
	@Activate
	public Guests(@Reference MachineFactory machines) {
		this.machines = machines;
	}

	/** Ends them all. */
	@Deactivate
	public void closeAll() {
		list().forEach(this::remove);
	}

	/** Creates a guest that does not run yet.
	 * @throws CommandException if the configuration or the image is refused; nothing is left then */
	public Guest create(GuestConfig config) throws CommandException {
		GuestConsole console = new GuestConsole();
		Machine machine = machines.create(config, console);
		synchronized (this) {
			Guest guest = new Guest("vm" + ++last, config, console, machine);
			guests.put(guest.id(), guest);
			return guest;
		}
	}

	/** @return the guests in order of creation */
	public synchronized List<Guest> list() {
		return new ArrayList<>(guests.values());
	}

	/** @param id empty for the only guest there is
	 * @return the guest
	 * @throws CommandException if there is no such guest, or no id and not exactly one guest */
	public synchronized Guest find(String id) throws CommandException {
		if (!id.isEmpty()) {
			Guest guest = guests.get(id);
			if (guest == null) {
				throw new CommandException(ExitStatus.NO_SUCH_GUEST, "no guest '" + id + "': "
					+ (guests.isEmpty() ? "there is none" : "there are " + String.join(", ", guests.keySet())));
			}
			return guest;
		}
		if (guests.size() == 1) {
			return guests.values().iterator().next();
		}
		throw new CommandException(ExitStatus.NO_SUCH_GUEST, guests.isEmpty() ? "there is no guest: 'boot' starts one"
			: "which guest? There are " + String.join(", ", guests.keySet()));
	}

	/** Ends a guest and forgets it. */
	public void remove(Guest guest) {
		synchronized (this) {
			guests.remove(guest.id());
		}
		guest.close();
	}
}
