package example;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of an appliance. */
@ObjectClassDefinition(name = "Appliance")
public @interface ApplianceConfig {
	/** @return path of a bzImage, a vmlinux or a multiboot image */
	@AttributeDefinition(name = "Kernel")
	String kernel();

	/** @return command line of the kernel */
	@AttributeDefinition(name = "Command line")
	String commandLine() default "console=ttyS0";

	/** @return size of the guest's memory in MiB */
	@AttributeDefinition(name = "Memory, MiB", min = "2")
	int mebibytes() default 512;

	/** @return number of virtual processors */
	@AttributeDefinition(name = "Processors", min = "1", max = "64")
	int cpus() default 1;
}
