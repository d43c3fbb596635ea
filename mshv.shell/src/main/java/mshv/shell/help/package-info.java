/**
 * What the commands say of themselves by annotations, for the help text and for completion.
 * The commands are ordinary Gogo commands; nothing here is needed to run them.
 */
package mshv.shell.help;
