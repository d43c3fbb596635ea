/**
 * Gogo commands of the scope {@code mshv}: running guests, looking into them, and the system itself.
 * A command checks its arguments, asks the packages below to do the work, and returns what it found.
 */
package mshv.shell;
