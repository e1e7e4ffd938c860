/** Several objectives: Pareto dominance, and NSGA-II (Deb, Pratap, Agarwal, Meyarivan, IEEE Transactions on Evolutionary Computation 6, 2002). */
package dev.evomerge.search.multi;
