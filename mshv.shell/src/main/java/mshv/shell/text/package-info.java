/**
 * Values as people write and read them: sizes, numbers, durations, tables, dumps of memory.
 * Every refusal names the value and says what would be right.
 */
package mshv.shell.text;
