package mshv.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import mshv.gateway.linux.FileId;
import mshv.gateway.linux.Files;
import mshv.gateway.linux.Kernel;
import mshv.gateway.linux.Watch;

/** The files that programs have, found by what they are; a file ends when the last program that has it has closed it. */
final class OpenFiles {
	private final Watch watch;
	private final Map<FileId, OpenFile> byId = new ConcurrentHashMap<>();
	private final Map<Integer, OpenFile> byWatch = new ConcurrentHashMap<>();

	OpenFiles(Kernel kernel) {
		watch = new Watch(kernel);
	}

	/** @return the file, null if it is none of ours */
	OpenFile find(FileId id) {
		return byId.get(id);
	}

	List<OpenFile> of(Client client) {
		return byId.values().stream().filter(file -> file.owner() == client).toList();
	}

	List<ProcessorFile> processors() {
		List<ProcessorFile> processors = new ArrayList<>();
		for (OpenFile file : byId.values()) {
			if (file instanceof ProcessorFile processor) {
				processors.add(processor);
			}
		}
		return processors;
	}

	/** Adds a file before the program gets it; once more: no effect. */
	void add(Kernel kernel, OpenFile file) {
		if (byId.containsKey(file.id())) {
			return;
		}
		int number = watch.add(kernel, file.descriptor());
		file.watch(number);
		byId.put(file.id(), file);
		byWatch.put(number, file);
	}

	/** The program has got a file, and may have closed it already. */
	void given(Kernel kernel, OpenFile file) {
		file.given();
		closed(kernel, file);
	}

	/** Ends a file, once. Whoever comes second waits, so that what a program had has ended when the program has. */
	void remove(Kernel kernel, OpenFile file) {
		synchronized (file) {
			if (byId.get(file.id()) != file) {
				return;
			}
			byWatch.remove(file.watch());
			watch.remove(kernel, file.watch());
			try {
				if (file.isGiven()) {
					file.owner().closed(file);
				}
				file.released();
			} finally {
				byId.remove(file.id());
				kernel.close(file.descriptor());
			}
		}
	}

	/** Ends files as they are closed, until {@code stop} is signalled. */
	void run(Kernel kernel, int stop) {
		watch.run(kernel, stop, number -> {
			if (number == Watch.ANY) {
				List.copyOf(byId.values()).forEach(file -> closed(kernel, file));
			} else {
				OpenFile file = byWatch.get(number);
				if (file != null) {
					closed(kernel, file);
				}
			}
		});
	}

	/** A description was closed, which need not be the last: a program can open its descriptor once more. */
	private void closed(Kernel kernel, OpenFile file) {
		if (file.isGiven() && Files.lastReference(kernel, file.descriptor())) {
			remove(kernel, file);
		}
	}

	void close(Kernel kernel) {
		List.copyOf(byId.values()).forEach(file -> remove(kernel, file));
		watch.close(kernel);
	}
}
