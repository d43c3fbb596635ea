package example;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.common.service.ServiceAware;
import org.osgi.test.junit5.service.ServiceExtension;

/** Runs inside the framework, beside the component that it tests. */
@ExtendWith(ServiceExtension.class)
class ApplianceTest {
	@InjectService
	ConfigurationAdmin configurations;
	@InjectService(cardinality = 0)
	ServiceAware<Appliance> appliances;

	@Test
	void aGuestRunsAsLongAsItsConfigurationExists(@TempDir Path folder) throws Exception {
		Path kernel = Files.write(folder.resolve("kernel"), kernel("hello, world\n"));
		Configuration configuration = configurations.createFactoryConfiguration("example.Appliance", "?");
		configuration.update(new Hashtable<>(Map.of("kernel", kernel.toString(), "mebibytes", 16)));
		assertTrue(appliances.waitForService(30_000).hasPrinted("hello, world", Duration.ofSeconds(30)));
		configuration.delete();
		long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
		while (appliances.getService() != null && System.nanoTime() < deadline) {
			Thread.onSpinWait();
		}
		assertNull(appliances.getService());
	}

	/** @return a multiboot image at 1 MiB: prints a text on the first serial port, one character after the other, then halts */
	private static byte[] kernel(String text) {
		int load = 0x100000;
		int flags = 1 << 16;
		byte[] code = HexFormat.of().parseHex("66BAF803AC84C07403EEEBF8FAF4");
		int textAt = 32 + 5 + code.length;
		ByteBuffer image = ByteBuffer.allocate(textAt + text.length() + 1).order(ByteOrder.LITTLE_ENDIAN);
		image.putInt(0x1BADB002).putInt(flags).putInt(-(0x1BADB002 + flags)).putInt(load).putInt(load).putInt(0).putInt(0).putInt(load + 32);
		// MOV ESI, text; MOV DX, 3F8h; next: LODSB; TEST AL, AL; JZ end; OUT DX, AL; JMP next; end: CLI; HLT
		return image.put((byte) 0xBE).putInt(load + textAt).put(code).put(text.getBytes(StandardCharsets.US_ASCII)).array();
	}
}
