package mshv.vmm;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import mshv.vmm.device.SerialLine;

/**
 * The far end of the guest's serial port. Safe for use by many threads.
 * <p>
 * Output goes to the machine's stream on a thread of its own, through a bounded buffer: a guest that prints faster than the stream takes
 * waits. The last {@link #TRANSCRIPT_SIZE} bytes are kept for {@link #waitFor} and {@link #transcript}. Input waits in a bounded queue
 * until the guest reads it.
 */
public final class SerialConsole {
	/** How much of the guest's output is kept, in bytes. */
	public static final int TRANSCRIPT_SIZE = 1 << 20;
	/** How much input can wait for the guest, in bytes. */
	public static final int INPUT_SIZE = 4096;

	private static final int BUFFER_SIZE = 1 << 16;
	/** Room that is left when the guest has to wait: no exit prints more. */
	private static final int RESERVE = 1 << 12;

	private final ReentrantLock lock = new ReentrantLock();
	/** The buffer has room, or is empty, or the wait is over. */
	private final Condition drained = lock.newCondition();
	/** There is something to print, or nothing ever more. */
	private final Condition filled = lock.newCondition();
	/** The guest printed something, or has ended. */
	private final Condition printed = lock.newCondition();
	private final Condition inputRoom = lock.newCondition();
	private final SerialLine line = new Line();

	private final OutputStream sink;
	private final Thread printer;
	private final byte[] buffer = new byte[BUFFER_SIZE];
	private int bufferStart;
	private int bufferCount;
	private boolean printing;
	private boolean sinkFailed;
	private volatile boolean congested;

	private byte[] transcript = new byte[1 << 12];
	/** Bytes printed since the start; the transcript has those before it. */
	private long total;
	private long matched;
	private int waiting;

	private final byte[] input = new byte[INPUT_SIZE];
	private int inputStart;
	private int inputCount;
	private Runnable inputReady = () -> {};

	private boolean ended;
	private boolean closed;

	/** @param sink or null @param name of the thread that prints */
	SerialConsole(OutputStream sink, String name) {
		this.sink = sink;
		printer = sink == null ? null : Thread.ofPlatform().daemon().name(name).unstarted(this::print);
		if (printer != null) {
			printer.start();
		}
	}

	/** @return the line that a UART is put at */
	SerialLine line() {
		return line;
	}

	/** @param action called after input has arrived, on the thread that sent it */
	void onInput(Runnable action) {
		inputReady = action;
	}

	/** Waits until the guest has printed a text, from the end of the last text that was found on: as a dialogue goes.
	 * @param text what to wait for, UTF-8
	 * @param timeout how long at most
	 * @return true if it was printed; false if time is up or the guest has ended without it */
	public boolean waitFor(String text, Duration timeout) throws InterruptedException {
		byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
		long nanos = timeout.toNanos();
		lock.lockInterruptibly();
		try {
			waiting++;
			long from = matched;
			while (true) {
				long at = find(wanted, from);
				if (at >= 0) {
					matched = at + wanted.length;
					return true;
				}
				if (ended || nanos <= 0) {
					return false;
				}
				// What was searched need not be searched again, except for a beginning of the text at its end
				from = Math.max(from, total - wanted.length + 1);
				nanos = printed.awaitNanos(nanos);
			}
		} finally {
			waiting--;
			lock.unlock();
		}
	}

	/** @return position of the text at or after {@code from}, or -1 */
	private long find(byte[] wanted, long from) {
		for (long at = Math.max(from, total - Math.min(total, transcript.length)); at + wanted.length <= total; at++) {
			int i = 0;
			while (i < wanted.length && transcript[(int) ((at + i) % transcript.length)] == wanted[i]) {
				i++;
			}
			if (i == wanted.length) {
				return at;
			}
		}
		return -1;
	}

	/** @return what the guest printed, at most the last {@link #TRANSCRIPT_SIZE} bytes, as UTF-8 */
	public String transcript() {
		lock.lock();
		try {
			int count = (int) Math.min(total, transcript.length);
			byte[] bytes = new byte[count];
			for (int i = 0; i < count; i++) {
				bytes[i] = transcript[(int) ((total - count + i) % transcript.length)];
			}
			return new String(bytes, StandardCharsets.UTF_8);
		} finally {
			lock.unlock();
		}
	}

	/** Gives the guest input as far as there is room for it now.
	 * @return how many of the bytes were taken */
	public int offer(byte[] bytes, int offset, int length) {
		int taken;
		lock.lock();
		try {
			taken = put(bytes, offset, length);
		} finally {
			lock.unlock();
		}
		if (taken > 0) {
			inputReady.run();
		}
		return taken;
	}

	/** Gives the guest input, waiting for room.
	 * @param text encoded in UTF-8; a line ends with {@code \n} or {@code \r} as the guest expects it
	 * @throws IllegalStateException if the guest has ended */
	public void send(String text) throws InterruptedException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		send(bytes, 0, bytes.length);
	}

	/** Gives the guest input, waiting for room.
	 * @throws IllegalStateException if the guest has ended */
	public void send(byte[] bytes, int offset, int length) throws InterruptedException {
		int done = 0;
		while (done < length) {
			lock.lockInterruptibly();
			try {
				while (inputCount == INPUT_SIZE && !ended) {
					inputRoom.await();
				}
				if (ended) {
					throw new IllegalStateException("the guest has ended and takes no more input");
				}
				done += put(bytes, offset + done, length - done);
			} finally {
				lock.unlock();
			}
			inputReady.run();
		}
	}

	private int put(byte[] bytes, int offset, int length) {
		int count = ended ? 0 : Math.min(length, INPUT_SIZE - inputCount);
		for (int i = 0; i < count; i++) {
			input[(inputStart + inputCount++) % INPUT_SIZE] = bytes[offset + i];
		}
		return count;
	}

	/** @return true if the guest should not run before {@link #awaitRoom} has returned */
	boolean congested() {
		return congested;
	}

	/** Waits until there is room for output. @param unless ends the wait too; looked at again with each {@link #kick} */
	void awaitRoom(BooleanSupplier unless) {
		lock.lock();
		try {
			while (congested && !closed && !unless.getAsBoolean()) {
				drained.awaitUninterruptibly();
			}
		} finally {
			lock.unlock();
		}
	}

	/** Has each {@link #awaitRoom} look whether it is to end. */
	void kick() {
		lock.lock();
		try {
			drained.signalAll();
		} finally {
			lock.unlock();
		}
	}

	/** The guest has ended: whoever waits for it is told, after its output has been printed.
	 * @param patience how long the stream may take for that */
	void end(Duration patience) {
		lock.lock();
		try {
			long nanos = patience.toNanos();
			while ((bufferCount > 0 || printing) && !closed && nanos > 0) {
				nanos = drained.awaitNanos(nanos);
			}
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		} finally {
			ended = true;
			printed.signalAll();
			inputRoom.signalAll();
			lock.unlock();
		}
	}

	/** Ends the printing thread; what was not printed after some patience is lost. */
	void close() {
		lock.lock();
		try {
			closed = true;
			ended = true;
			filled.signalAll();
			drained.signalAll();
			printed.signalAll();
			inputRoom.signalAll();
		} finally {
			lock.unlock();
		}
		if (printer == null || printer == Thread.currentThread()) {
			return;
		}
		try {
			if (!printer.join(Duration.ofSeconds(1))) {
				printer.interrupt();
				printer.join(Duration.ofSeconds(1));
			}
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	private void print() {
		byte[] piece = new byte[1 << 13];
		while (true) {
			int count;
			lock.lock();
			try {
				printing = false;
				drained.signalAll();
				while (bufferCount == 0) {
					if (closed) {
						return;
					}
					filled.awaitUninterruptibly();
				}
				count = Math.min(Math.min(bufferCount, piece.length), BUFFER_SIZE - bufferStart);
				System.arraycopy(buffer, bufferStart, piece, 0, count);
				bufferStart = (bufferStart + count) % BUFFER_SIZE;
				bufferCount -= count;
				congested = bufferCount > BUFFER_SIZE - RESERVE;
				printing = true;
			} finally {
				lock.unlock();
			}
			try {
				sink.write(piece, 0, count);
				sink.flush();
			} catch (IOException | RuntimeException e) {
				// Nobody listens any more; the guest need not suffer for it
				stopPrinting();
				return;
			}
		}
	}

	private void stopPrinting() {
		lock.lock();
		try {
			sinkFailed = true;
			printing = false;
			bufferCount = 0;
			congested = false;
			drained.signalAll();
		} finally {
			lock.unlock();
		}
	}

	private void keep(byte value) {
		if (total == transcript.length && transcript.length < TRANSCRIPT_SIZE) {
			transcript = Arrays.copyOf(transcript, transcript.length * 2);
		}
		transcript[(int) (total++ % transcript.length)] = value;
		if (waiting > 0) {
			printed.signalAll();
		}
	}

	private final class Line implements SerialLine {
		@Override
		public void transmit(int value) {
			lock.lock();
			try {
				keep((byte) value);
				if (sink == null || sinkFailed || bufferCount == BUFFER_SIZE) {
					return;
				}
				buffer[(bufferStart + bufferCount++) % BUFFER_SIZE] = (byte) value;
				if (bufferCount == 1) {
					filled.signal();
				}
				congested = bufferCount > BUFFER_SIZE - RESERVE;
			} finally {
				lock.unlock();
			}
		}

		@Override
		public int receive() {
			lock.lock();
			try {
				if (inputCount == 0) {
					return -1;
				}
				int value = input[inputStart] & 0xFF;
				inputStart = (inputStart + 1) % INPUT_SIZE;
				inputCount--;
				inputRoom.signal();
				return value;
			} finally {
				lock.unlock();
			}
		}
	}
}
