package mshv.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.gateway.linux.DescriptorTable;
import mshv.gateway.linux.Kernel;

@Timeout(60)
class OpenFilesTest {
	private final Arena arena = Arena.ofAuto();
	private final Kernel kernel = new Kernel(arena);
	private final OpenFiles files = new OpenFiles(kernel);
	private final List<OpenFile> closed = new CopyOnWriteArrayList<>();
	private final CountDownLatch closing = new CountDownLatch(1);
	private final CountDownLatch mayClose = new CountDownLatch(1);
	private OpenFile file;

	@BeforeEach
	void addAFile() {
		Owner owner = (Owner) Proxy.newProxyInstance(Owner.class.getClassLoader(), new Class<?>[] {Owner.class}, (self, method, arguments) ->
			switch (method.getName()) {
				case "nextNumber" -> 1;
				case "closed" -> {
					closing.countDown();
					assertTrue(mayClose.await(30, TimeUnit.SECONDS));
					closed.add((OpenFile) arguments[0]);
					yield null;
				}
				default -> throw new UnsupportedOperationException(method.getName());
			});
		file = new ConvertedMemory(owner, kernel, new DescriptorTable(kernel, arena), 4096);
		files.add(kernel, file);
	}

	@AfterEach
	void closeAll() {
		mayClose.countDown();
		files.close(kernel);
	}

	@Test
	void aFileIsFoundUntilItHasEnded() {
		mayClose.countDown();
		assertSame(file, files.find(file.id()));
		file.given();
		files.remove(kernel, file);
		assertNull(files.find(file.id()));
		assertEquals(List.of(file), closed);
	}

	@Test
	void nobodyIsToldOfAFileThatTheProgramNeverHad() {
		files.remove(kernel, file);
		assertNull(files.find(file.id()));
		assertEquals(List.of(), closed);
	}

	@Test
	void whoEndsAFileThatAnotherThreadEndsWaitsUntilItHasEnded() throws InterruptedException {
		file.given();
		Thread first = inThread();
		closing.await();
		Thread second = inThread();
		while (second.isAlive() && second.getState() != Thread.State.BLOCKED) {
			Thread.onSpinWait();
		}
		assertTrue(second.isAlive(), "it has not waited");
		mayClose.countDown();
		second.join();
		assertEquals(List.of(file), closed);
		first.join();
	}

	private Thread inThread() {
		return Thread.ofPlatform().start(() -> {
			try (Arena own = Arena.ofConfined()) {
				files.remove(new Kernel(own), file);
			}
		});
	}
}
