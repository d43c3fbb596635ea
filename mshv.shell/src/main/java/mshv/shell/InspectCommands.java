package mshv.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

import mshv.api.Disassembler;
import mshv.api.HypervisorException;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.VirtualProcessor;
import mshv.api.VpStatistics;
import mshv.shell.guest.Endings;
import mshv.shell.guest.Guest;
import mshv.shell.guest.GuestAddresses;
import mshv.shell.guest.Guests;
import mshv.shell.guest.PhysicalMemory;
import mshv.shell.help.Completes;
import mshv.shell.help.Completes.Source;
import mshv.shell.status.CommandException;
import mshv.shell.status.ExitStatus;
import mshv.shell.text.HexDump;
import mshv.shell.text.Numbers;
import mshv.shell.text.Sizes;
import mshv.shell.text.Table;

/** Commands that look into a guest. It may run meanwhile; then what they show was true at some moment. */
@Component(service = InspectCommands.class)
@GogoCommand(scope = "mshv", function = {"registers", "memory", "translate", "disassemble", "step", "statistics", "__registers"})
public final class InspectCommands {
	/** Most bytes that a command shows. */
	private static final long LONGEST = 1 << 20;
	/** Longest instruction in bytes. */
	private static final int INSTRUCTION = 15;

	private final Guests guests;

	@Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
	private volatile Disassembler disassembler;

	/** @param guests keeps the guests */
	@Activate
	public InspectCommands(@Reference Guests guests) {
		this.guests = guests;
	}

	InspectCommands(Guests guests, Disassembler disassembler) {
		this(guests);
		this.disassembler = disassembler;
	}

	/** The guest that the first word names, if one does; commands with other arguments can do without while there is only one guest. */
	private Words words(String command, int most, String... words) throws CommandException {
		boolean named = words.length > 0 && guests.list().stream().anyMatch(guest -> guest.id().equals(words[0]));
		List<String> rest = named ? GuestArguments.tail(words) : List.of(words);
		if (!named && words.length > 0 && words[0].matches("vm[0-9]+")) {
			guests.find(words[0]);
		}
		GuestArguments.atMost(command, most, rest.toArray(String[]::new));
		return new Words(guests.find(named ? words[0] : ""), rest);
	}

	private record Words(Guest guest, List<String> rest) {
		String first(String command, String what) throws CommandException {
			if (rest.isEmpty()) {
				throw GuestArguments.missing(command, what);
			}
			return rest.getFirst();
		}
	}

	/** @param text number of a processor @return the processor */
	static VirtualProcessor processor(Guest guest, String text) throws CommandException {
		int index = Numbers.parse("processor", text, 0, 255);
		return guest.partition().virtualProcessors().stream().filter(processor -> processor.index() == index).findFirst()
			.orElseThrow(() -> CommandException.usage(guest.id() + " has no processor " + index));
	}

	/** @return registers as text */
	@Descriptor("Shows registers of a processor, or writes one.")
	public String registers(
			@Descriptor("NUMBER of the processor, default 0") @Parameter(names = {"-p", "--processor"}, absentValue = "0") String processor,
			@Descriptor("show every register that the processor has")
			@Parameter(names = {"-a", "--all"}, presentValue = "true", absentValue = "false") boolean all,
			@Descriptor("[GUEST] [NAME...] or NAME=VALUE...: registers to show or to write; without a name those of the instruction set")
			@Completes(Source.REGISTERS) String... words) throws CommandException {
		Words parsed = words("registers", Integer.MAX_VALUE, words);
		VirtualProcessor vp = processor(parsed.guest(), processor);
		if (parsed.rest().stream().anyMatch(word -> word.contains("="))) {
			for (String word : parsed.rest()) {
				String[] sides = word.split("=", 2);
				if (sides.length < 2) {
					throw CommandException.usage("registers: '" + word + "' is among writes: write NAME=VALUE");
				}
				vp.setRegister(register(sides[0]), Numbers.parse("value of " + sides[0], sides[1]));
			}
			return null;
		}
		if (!parsed.rest().isEmpty() || all) {
			return table(vp, all ? List.of(Register.values()) : registers(parsed.rest()));
		}
		return RegisterText.of(vp);
	}

	private static List<Register> registers(List<String> names) throws CommandException {
		List<Register> registers = new ArrayList<>();
		for (String name : names) {
			registers.add(register(name));
		}
		return registers;
	}

	private static Register register(String name) throws CommandException {
		try {
			return Register.valueOf(name.toUpperCase(Locale.ROOT));
		} catch (IllegalArgumentException e) {
			throw CommandException.usage("no register '" + name + "'");
		}
	}

	private static String table(VirtualProcessor vp, List<Register> registers) {
		Table table = new Table("REGISTER", "VALUE");
		for (Register register : registers) {
			try {
				RegisterValue value = vp.getRegisters(List.of(register)).getFirst();
				table.row(register.name().toLowerCase(Locale.ROOT), (value.high() == 0 ? "" : "%016x:".formatted(value.high()))
					+ "%016x".formatted(value.low()));
			} catch (HypervisorException e) {
				if (registers.size() == 1) {
					throw e;
				}
			}
		}
		return table.toString();
	}

	/** @return a dump, or nothing after a write */
	@Descriptor("Dumps or writes memory.")
	public String memory(
			@Descriptor("NUMBER of the processor whose page tables count, default 0")
			@Parameter(names = {"-p", "--processor"}, absentValue = "0") String processor,
			@Descriptor("the address is guest-physical")
			@Parameter(names = {"-g", "--physical"}, presentValue = "true", absentValue = "false") boolean physical,
			@Descriptor("BYTES to write there, in hexadecimal") @Parameter(names = {"-w", "--write"}, absentValue = "") String write,
			@Descriptor("[GUEST] ADDRESS [SIZE]: guest-virtual address and number of bytes, default 256")
			@Completes(Source.GUESTS) String... words)
			throws CommandException {
		Words parsed = words("memory", 2, words);
		long address = Numbers.parse("address", parsed.first("memory", "ADDRESS"));
		GuestAddresses addresses = new GuestAddresses(parsed.guest(), processor(parsed.guest(), processor));
		if (!write.isEmpty()) {
			byte[] bytes = bytes(write);
			if (physical) {
				PhysicalMemory.write(parsed.guest(), address, bytes);
			} else {
				addresses.write(address, bytes);
			}
			return null;
		}
		int size = size(parsed.rest(), 1, 256);
		return HexDump.format(address, physical ? PhysicalMemory.read(parsed.guest(), address, size) : addresses.read(address, size));
	}

	private static byte[] bytes(String text) throws CommandException {
		try {
			byte[] bytes = HexFormat.of().parseHex(text.replaceAll("[ _]", ""));
			if (bytes.length > 0) {
				return bytes;
			}
		} catch (IllegalArgumentException e) {
			throw CommandException.usage("'" + text + "' are no bytes in hexadecimal: write two digits for each");
		}
		throw CommandException.usage("memory: no bytes to write");
	}

	private static int size(List<String> words, int index, int standard) throws CommandException {
		if (words.size() <= index) {
			return standard;
		}
		String word = words.get(index);
		long size = word.startsWith("0x") ? Numbers.parse("size", word) : Sizes.parse(word);
		if (size < 1 || size > LONGEST) {
			throw CommandException.usage("'" + word + "' is not within 1 and " + Sizes.format(LONGEST));
		}
		return (int) size;
	}

	/** @return the guest-physical address */
	@Descriptor("Translates a guest-virtual address by the processor's present page tables.")
	public String translate(
			@Descriptor("NUMBER of the processor, default 0") @Parameter(names = {"-p", "--processor"}, absentValue = "0") String processor,
			@Descriptor("[GUEST] ADDRESS") @Completes(Source.GUESTS) String... words) throws CommandException {
		Words parsed = words("translate", 1, words);
		long address = Numbers.parse("address", parsed.first("translate", "ADDRESS"));
		Translation translation = new GuestAddresses(parsed.guest(), processor(parsed.guest(), processor)).translate(address);
		if (translation.result() != Translation.Result.SUCCESS) {
			throw CommandException.usage("0x%x: %s".formatted(address, GuestAddresses.words(translation)));
		}
		return "0x%x".formatted(translation.guestAddress());
	}

	/** @return a listing */
	@Descriptor("Disassembles code, in the processor's present mode.")
	public String disassemble(
			@Descriptor("NUMBER of the processor, default 0") @Parameter(names = {"-p", "--processor"}, absentValue = "0") String processor,
			@Descriptor("[GUEST] [ADDRESS [COUNT]]: guest-virtual address, default the next instruction's, and how many, default 16")
			@Completes(Source.GUESTS) String... words) throws CommandException {
		Words parsed = words("disassemble", 2, words);
		VirtualProcessor vp = processor(parsed.guest(), processor);
		int count = parsed.rest().size() > 1 ? Numbers.parse("count", parsed.rest().get(1), 1, 4096) : 16;
		return listing(parsed.guest(), vp, parsed.rest().isEmpty() ? next(vp) : Numbers.parse("address", parsed.rest().getFirst()), count);
	}

	/** @return linear address of the next instruction */
	private static long next(VirtualProcessor vp) {
		return vp.getRegister(Register.RIP) + codeBase(vp);
	}

	/** In 64-bit mode the base of CS is not added. */
	private static long codeBase(VirtualProcessor vp) {
		return codeSize(vp) == 64 ? 0 : vp.getRegisters(List.of(Register.CS)).getFirst().segmentBase();
	}

	private static int codeSize(VirtualProcessor vp) {
		return ProcessorModes.codeSize(vp.getRegister(Register.CR0), vp.getRegister(Register.EFER),
			vp.getRegisters(List.of(Register.CS)).getFirst());
	}

	private String listing(Guest guest, VirtualProcessor vp, long address, int count) throws CommandException {
		Disassembler service = disassembler;
		if (service == null) {
			throw new CommandException(ExitStatus.WRONG_STATE, "there is no disassembler: it comes with the emulated backend");
		}
		long base = codeBase(vp);
		byte[] code = new GuestAddresses(guest, vp).read(address, count * INSTRUCTION);
		StringBuilder listing = new StringBuilder();
		for (Disassembler.Line line : service.disassemble(code, codeSize(vp), address - base).stream().limit(count).toList()) {
			listing.append(listing.isEmpty() ? "" : "\n").append("%016x  %-30s  %s".formatted(line.address() + base,
				HexFormat.of().formatHex(line.bytes()), line.text()));
		}
		return listing.toString();
	}

	/** @return where the processor is then */
	@Descriptor("Executes instructions of a paused guest one by one, and shows the next.")
	public String step(
			@Descriptor("NUMBER of the processor, default 0") @Parameter(names = {"-p", "--processor"}, absentValue = "0") String processor,
			@Descriptor("NUMBER of instructions, default 1") @Parameter(names = {"-n", "--count"}, absentValue = "1") String count,
			@Descriptor("[GUEST]") @Completes(Source.GUESTS) String... words) throws CommandException, InterruptedException {
		Guest guest = words("step", 0, words).guest();
		VirtualProcessor vp = processor(guest, processor);
		for (int left = Numbers.parse("count", count, 1, 1_000_000); left > 0; left--) {
			try {
				guest.step(vp.index());
			} catch (HypervisorException e) {
				throw new CommandException(ExitStatus.WRONG_STATE, "the backend cannot step: it has no intercept of debug exceptions", e);
			}
			if (guest.hasEnded()) {
				return Endings.result(guest).text();
			}
		}
		return disassembler == null ? "0x%x".formatted(next(vp)) : listing(guest, vp, next(vp), 1);
	}

	/** @return a table */
	@Descriptor("Shows what the processors of a guest have done.")
	public String statistics(@Descriptor("[GUEST]") @Completes(Source.GUESTS) String... words) throws CommandException {
		Words parsed = words("statistics", 0, words);
		Table table = new Table("PROCESSOR", "INSTRUCTIONS", "SECONDS", "MIPS", "INTERCEPTS", "INTERRUPTS");
		for (VirtualProcessor vp : parsed.guest().partition().virtualProcessors()) {
			VpStatistics statistics = vp.statistics();
			double seconds = statistics.runTime() / 1e9;
			String mips = statistics.instructions() < 0 || seconds == 0 ? "-"
				: String.format(Locale.ROOT, "%.1f", statistics.instructions() / seconds / 1e6);
			table.row(vp.index(), counted(statistics.instructions()), String.format(Locale.ROOT, "%.2f", seconds), mips,
				statistics.intercepts(), counted(statistics.interrupts()));
		}
		return table.toString();
	}

	private static String counted(long count) {
		return count < 0 ? "-" : Long.toString(count);
	}

	/** @return names for completion */
	public List<String> __registers() {
		return Arrays.stream(Register.values()).map(register -> register.name().toLowerCase(Locale.ROOT)).toList();
	}
}
