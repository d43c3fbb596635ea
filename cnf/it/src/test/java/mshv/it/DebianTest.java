package mshv.it;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.context.BundleContextExtension;
import org.osgi.test.junit5.service.ServiceExtension;
import org.osgi.util.tracker.ServiceTracker;

/** Debian's own kernel boots to a shell, which answers. Needs apt, and the first time the network: without the files it fails. */
@ExtendWith({BundleContextExtension.class, ServiceExtension.class})
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DebianTest {
	@InjectService(timeout = 30_000)
	CommandProcessor shell;
	@InjectBundleContext
	BundleContext context;

	@BeforeEach
	void awaitCommand() throws Exception {
		ServiceTracker<?, ?> demo = new ServiceTracker<>(context, context.createFilter("(osgi.command.function=demo)"), null);
		demo.open();
		assertNotNull(demo.waitForService(30_000), "the command is not there");
		demo.close();
	}

	private String say(String command) throws Exception {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
		try (CommandSession session = shell.createSession(new ByteArrayInputStream(new byte[0]), out, out)) {
			Object result = session.execute(command);
			return result + "\n" + bytes.toString(StandardCharsets.UTF_8);
		}
	}

	@Test
	void theDemoBootsToAShellThatAnswers() throws Exception {
		String said = say("mshv:demo --check");
		assertTrue(said.contains("Linux mshv "), said);
	}

	@Test
	void aLoadOnFourProcessorsLeavesTheKernelAndItsClocksWell() throws Exception {
		String said = say("mshv:demo --cpus 4 --load 20");
		assertTrue(said.contains("clocks agree"), said);
	}
}
