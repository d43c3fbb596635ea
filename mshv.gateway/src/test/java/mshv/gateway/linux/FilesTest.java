package mshv.gateway.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FilesTest {
	private final Arena arena = Arena.ofAuto();
	private final Kernel kernel = new Kernel(arena);

	@Test
	void theLastReferenceIsKnownWhateverElseWasClosed() {
		int file = Files.create(kernel, "test", 4096);
		int first = Files.reopen(kernel, file, 0);
		int second = Files.reopen(kernel, first, 0);
		assertFalse(Files.lastReference(kernel, file));
		kernel.close(first);
		assertFalse(Files.lastReference(kernel, file));
		kernel.close(second);
		assertTrue(Files.lastReference(kernel, file));
		kernel.close(file);
	}

	@Test
	void aMappingIsAReference() {
		int file = Files.create(kernel, "test", 4096);
		int description = Files.reopen(kernel, file, 0);
		try (Arena mapped = Arena.ofConfined()) {
			Files.map(kernel, description, 4096, mapped);
			kernel.close(description);
			assertFalse(Files.lastReference(kernel, file));
		}
		assertTrue(Files.lastReference(kernel, file));
		kernel.close(file);
	}

	@Test
	void nobodyChangesTheSizeOfAFile() {
		int file = Files.create(kernel, "test", 4096);
		int description = Files.reopen(kernel, file, 0);
		assertEquals(-LinuxException.EPERM, kernel.call(SystemCall.FTRUNCATE, description, 0, 0));
		assertEquals(-LinuxException.EPERM, kernel.call(SystemCall.FTRUNCATE, description, 8192, 0));
		kernel.close(description);
		kernel.close(file);
	}

	@Test
	void theSameMemoryHasTheSameAddressAsLongAsSomebodyUsesIt() {
		SharedMappings shared = new SharedMappings();
		FileId id = new FileId(1, 2);
		int file = Files.create(kernel, "test", 16384);
		try (Arena first = Arena.ofConfined()) {
			MemorySegment whole = shared.map(kernel, id, file, 16384, 0, 16384, first);
			try (Arena second = Arena.ofConfined()) {
				MemorySegment part = shared.map(kernel, id, file, 16384, 4096, 4096, second);
				assertEquals(whole.address() + 4096, part.address());
				part.set(ValueLayout.JAVA_INT, 0, 77);
			}
			assertEquals(77, whole.get(ValueLayout.JAVA_INT, 4096));
			try (Arena third = Arena.ofConfined()) {
				assertNotEquals(whole.address(), shared.map(kernel, new FileId(1, 3), file, 16384, 0, 4096, third).address());
			}
		}
		assertTrue(Files.lastReference(kernel, file));
		kernel.close(file);
	}

	@Test
	void aWatchTellsOfTheClose() {
		Watch watch = new Watch(kernel);
		int stop = Files.createEvent(kernel);
		int file = Files.create(kernel, "test", 4096);
		int number = watch.add(kernel, file);
		kernel.close(Files.reopen(kernel, file, 0));
		watch.run(kernel, stop, closed -> {
			assertEquals(number, closed);
			Files.signal(kernel, stop);
		});
		kernel.close(file);
		kernel.close(stop);
		watch.close(kernel);
	}

	@Test
	void aDescriptorTravelsOverASocket(@TempDir Path folder) throws InterruptedException {
		String path = folder.resolve("socket").toString();
		int listening = UnixSocket.listen(kernel, path);
		Thread client = Thread.ofPlatform().start(() -> {
			try (Arena own = Arena.ofConfined()) {
				Kernel other = new Kernel(own);
				UnixSocket socket = UnixSocket.connect(other, own, path);
				int file = Files.create(other, "sent", 12345);
				socket.send(new byte[] {1, 2}, file);
				socket.close();
			}
		});
		UnixSocket socket = UnixSocket.of(kernel, arena, (int) UnixSocket.accept(kernel, listening));
		assertEquals(ProcessHandle.current().pid(), socket.peer());
		UnixSocket.Message message = socket.receive();
		assertEquals(2, message.bytes().length);
		assertTrue(message.descriptor() >= 0);
		assertNull(socket.receive());
		client.join();
		kernel.close(message.descriptor());
		kernel.close(listening);
	}
}
