package mshv.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

class LaunchRequestTest {
	@Test
	void aRequestComesBackAsItWasSent() {
		LaunchRequest request = new LaunchRequest("qemu -accel=mshv", "emu", "/tmp/a b", true, List.of("RUN_VP:3=EINTR", "x=y=z"));
		assertEquals(request, LaunchRequest.decode(request.encode()));
	}

	@Test
	void anotherVersionIsRefused() {
		byte[] other = "mshv-gateway=2\0program=x\0".getBytes(StandardCharsets.UTF_8);
		assertThrows(IllegalArgumentException.class, () -> LaunchRequest.decode(other));
	}

	@Test
	void anUnknownWordIsRefused() {
		byte[] other = "mshv-gateway=1\0colour=red\0".getBytes(StandardCharsets.UTF_8);
		assertThrows(IllegalArgumentException.class, () -> LaunchRequest.decode(other));
	}

	@Test
	void aWordWithoutAValueIsRefused() {
		byte[] other = "mshv-gateway=1\0program\0".getBytes(StandardCharsets.UTF_8);
		assertThrows(IllegalArgumentException.class, () -> LaunchRequest.decode(other));
	}
}
