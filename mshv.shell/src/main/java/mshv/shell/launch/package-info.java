/**
 * One command line instead of an interactive shell: what the {@code mshv} script starts when it is given words.
 * Nothing here is active unless the property {@code mshv.command} is set.
 */
package mshv.shell.launch;
