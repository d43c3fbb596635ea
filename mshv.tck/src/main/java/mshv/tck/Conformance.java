package mshv.tck;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Makes a class part of the suite. Its constructor and methods may ask for a {@link mshv.api.Hypervisor}, which is the backend under
 * test, and for a {@link mshv.api.event.EventFactory}. A test that the backend cannot run at all, because it does not offer what is
 * tested, ends in a failed assumption; so does one that is answered with EOPNOTSUPP.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith({Backend.class, NotOffered.class, TckReport.class})
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public @interface Conformance {
	/** @return subject of the class; which section of the report its tests belong to, {@link Rule} says */
	String value();
}
