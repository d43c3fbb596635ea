package mshv.tck;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

import mshv.api.Errno;
import mshv.api.HypervisorException;

/** Ends a test whose subject the backend says it does not support. */
final class NotOffered implements TestExecutionExceptionHandler {
	@Override
	public void handleTestExecutionException(ExtensionContext test, Throwable failure) throws Throwable {
		if (failure instanceof HypervisorException refusal && refusal.errno() == Errno.EOPNOTSUPP) {
			throw new TestAbortedException(refusal.getMessage(), refusal);
		}
		throw failure;
	}
}
