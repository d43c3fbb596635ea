/**
 * What an interactive session gets besides the commands: completion, a prompt, readable results, and the command that it was started for.
 * Sessions are those of Gogo's shells; nothing here is needed in a batch.
 */
package mshv.shell.session;
