/** What else can be asked of a processor: state as a whole, translations, statistics. Tests of the suite. */
package mshv.tck.state;
