/**
 * How a command ends: exit statuses, and the exception that carries one with its line of explanation.
 * The table in {@code docs/exit-status.md} is the same.
 */
package mshv.shell.status;
