package mshv.shell.demo;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The programs of the system that this runs on, without input and in plain English. */
final class HostPrograms implements Programs {
	@Override
	public Result run(Path directory, List<String> command, Runnable waiting) throws IOException, InterruptedException {
		Path output = Files.createTempFile("mshv", ".out");
		Path errors = Files.createTempFile("mshv", ".err");
		try {
			ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectInput(new File("/dev/null"))
				.redirectOutput(output.toFile()).redirectError(errors.toFile());
			builder.environment().put("LC_ALL", "C.UTF-8");
			Process process = builder.start();
			try {
				while (!process.waitFor(1, TimeUnit.SECONDS)) {
					waiting.run();
				}
			} finally {
				process.destroy();
			}
			return new Result(process.exitValue(), Files.readString(output), Files.readString(errors));
		} finally {
			Files.delete(output);
			Files.delete(errors);
		}
	}
}
