package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import mshv.api.Errno;
import mshv.api.HypervisorException;
import mshv.gateway.linux.DescriptorTable;
import mshv.gateway.linux.FileId;
import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.LinuxException;
import mshv.gateway.linux.Mapping;
import mshv.gateway.linux.ProcessMemory;
import mshv.gateway.linux.SharedMappings;
import mshv.gateway.linux.StoppedThread;
import mshv.gateway.linux.Tracer;

/**
 * Maps the memory of programs into this process: a file that both have. Memory that is no file is put into one first, behind the
 * program's back.
 */
final class ProgramMemory {
	private static final int PAGE_SIZE = 4096;
	private static final int O_RDWR = 2;
	private static final int O_CLOEXEC = 0x80000;
	/** Bits of a word of /proc/PID/pagemap: the page is present, or swapped out. */
	private static final long PAGE_EXISTS = 3L << 62;

	private final OpenFiles files;
	private final Tracer tracer;
	private final SharedMappings shared = new SharedMappings();

	ProgramMemory(OpenFiles files, Tracer tracer) {
		this.files = files;
		this.tracer = tracer;
	}

	/** Maps a range of the caller's memory.
	 * @param arena unmaps it
	 * @return the memory; null if it had to be changed for this: the program then makes the same call again
	 * @throws HypervisorException (EINVAL) if nothing is at the address, (EFAULT) if there is a gap, or memory that cannot be had */
	MemorySegment map(ProgramCaller caller, long address, long size, Arena arena) {
		int process = caller.owner().process(caller.thread());
		List<Mapping> mappings = Mapping.covering(process, address, size);
		if (mappings.isEmpty()) {
			boolean nothing = Mapping.covering(process, address, PAGE_SIZE).isEmpty();
			throw new HypervisorException("0x" + Long.toHexString(size) + " bytes at 0x" + Long.toHexString(address)
				+ " are not all mapped by the caller", nothing ? Errno.EINVAL : Errno.EFAULT);
		}
		List<Mapping> convertible = new ArrayList<>();
		List<Integer> descriptors = new ArrayList<>();
		try {
			for (Mapping mapping : mappings) {
				int descriptor = mapping.shared() ? find(caller, process, mapping) : -1;
				descriptors.add(descriptor);
				if (descriptor < 0) {
					convertible.add(mapping);
				}
			}
			if (!convertible.isEmpty()) {
				convert(caller, process, convertible);
				return null;
			}
			if (mappings.size() == 1) {
				FileId file = caller.descriptors().file(descriptors.getFirst());
				return shared.map(caller.kernel(), file, descriptors.getFirst(), caller.descriptors().size(), mappings.getFirst().offset(), size,
					arena);
			}
			long start = Files.reserve(caller.kernel(), size);
			MemorySegment segment = Files.mapped(start, size, arena);
			for (int i = 0; i < mappings.size(); i++) {
				Mapping mapping = mappings.get(i);
				Files.map(caller.kernel(), start + mapping.start() - address, mapping.size(), descriptors.get(i), mapping.offset(), true);
			}
			return segment;
		} catch (LinuxException e) {
			HypervisorException refusal = new HypervisorException("memory of the caller: " + e.getMessage(), Errno.EFAULT);
			refusal.initCause(e);
			throw refusal;
		} finally {
			descriptors.forEach(descriptor -> {
				if (descriptor >= 0) {
					caller.kernel().close(descriptor);
				}
			});
		}
	}

	/** @return a descriptor of the file that is mapped, -1 if it cannot be had */
	private int find(ProgramCaller caller, int process, Mapping mapping) {
		FileId id = new FileId(mapping.device(), mapping.inode());
		if (files.find(id) instanceof ConvertedMemory converted) {
			return Files.reopen(caller.kernel(), converted.descriptor(), 0);
		}
		String[] open = new java.io.File("/proc/" + process + "/fd").list();
		for (String number : open == null ? new String[0] : open) {
			if (caller.descriptors().find(process, Integer.parseInt(number)) && caller.descriptors().inode() == id.inode()
					&& caller.descriptors().device() == id.device()) {
				long taken = Files.take(caller.kernel(), process, Integer.parseInt(number));
				if (taken >= 0) {
					return (int) taken;
				}
			}
		}
		try {
			return Files.open(caller.kernel(), "/proc/" + process + "/map_files/" + Long.toHexString(mapping.start()) + "-"
				+ Long.toHexString(mapping.end()), O_RDWR | O_CLOEXEC);
		} catch (LinuxException e) {
			// Needs a capability
			return -1;
		}
	}

	/** Puts memory into files. The caller is made to map them, and then to make its call again. */
	private void convert(ProgramCaller caller, int process, List<Mapping> mappings) {
		List<ConvertedMemory> memories = new ArrayList<>();
		List<Integer> given = new ArrayList<>();
		int thread = caller.thread();
		try {
			for (Mapping mapping : mappings) {
				ConvertedMemory memory = new ConvertedMemory(caller.owner(), caller.kernel(), caller.descriptors(), mapping.size());
				files.add(caller.kernel(), memory);
				memories.add(memory);
				int description = memory.describe(caller.kernel(), 0);
				long number = caller.listener().add(caller.listener().id(), description, true, false);
				caller.kernel().close(description);
				if (number < 0) {
					throw new LinuxException("a descriptor in the program", (int) -number);
				}
				given.add((int) number);
			}
			memories.forEach(OpenFile::given);
			tracer.stop(process, thread, stopped -> replace(stopped, process, thread, mappings, memories, given));
		} catch (LinuxException e) {
			memories.forEach(memory -> files.remove(caller.kernel(), memory));
			HypervisorException refusal = new HypervisorException("sharing memory of the caller: " + e.getMessage(), Errno.EFAULT);
			refusal.initCause(e);
			throw refusal;
		}
	}

	private static void replace(StoppedThread stopped, int process, int thread, List<Mapping> mappings, List<ConvertedMemory> memories,
			List<Integer> given) {
		try (Arena arena = Arena.ofConfined()) {
			Kernel kernel = new Kernel(arena);
			for (int i = 0; i < mappings.size(); i++) {
				Mapping mapping = mappings.get(i);
				copy(kernel, process, thread, mapping, Files.map(kernel, memories.get(i).descriptor(), mapping.size(), arena), arena);
				long result = stopped.replace(mapping.start(), mapping.size(), mapping.protection(), given.get(i));
				if (result < 0) {
					throw new LinuxException("mapping in the program", (int) -result);
				}
			}
		}
	}

	/** Copies the pages that there are: those of a file all, of other memory those that were touched. */
	private static void copy(Kernel kernel, int process, int thread, Mapping mapping, MemorySegment to, Arena arena) {
		ProcessMemory memory = new ProcessMemory(kernel, arena);
		if ((mapping.protection() & 1) == 0) {
			return;
		}
		if (mapping.inode() != 0) {
			if (!memory.read(thread, mapping.start(), to)) {
				throw new LinuxException("reading the program's memory", LinuxException.EFAULT);
			}
			return;
		}
		MemorySegment words = pagemap(process, mapping);
		long pages = mapping.size() / PAGE_SIZE;
		for (long page = 0; page < pages;) {
			if ((words.get(JAVA_LONG, page * 8) & PAGE_EXISTS) == 0) {
				page++;
				continue;
			}
			long first = page;
			while (page < pages && (words.get(JAVA_LONG, page * 8) & PAGE_EXISTS) != 0) {
				page++;
			}
			if (!memory.read(thread, mapping.start() + first * PAGE_SIZE, to.asSlice(first * PAGE_SIZE, (page - first) * PAGE_SIZE))) {
				throw new LinuxException("reading the program's memory", LinuxException.EFAULT);
			}
		}
	}

	private static MemorySegment pagemap(int process, Mapping mapping) {
		long size = mapping.size() / PAGE_SIZE * 8;
		ByteBuffer words = ByteBuffer.allocateDirect((int) size).order(ByteOrder.LITTLE_ENDIAN);
		try (RandomAccessFile file = new RandomAccessFile("/proc/" + process + "/pagemap", "r")) {
			long at = mapping.start() / PAGE_SIZE * 8;
			while (words.hasRemaining()) {
				int read = file.getChannel().read(words, at + words.position());
				if (read <= 0) {
					throw new IOException("the end");
				}
			}
		} catch (IOException e) {
			throw new LinuxException("reading /proc/" + process + "/pagemap", LinuxException.EACCES);
		}
		return MemorySegment.ofBuffer(words.flip());
	}
}
