"""Reads finished runs back and makes statistics, tables, figures and a report of them.

Knows MLflow's public API and conf/experiment as YAML; not how runs were trained.

    from analysis.reading import read
    from analysis.compare import table

    table(read("mlflow.db"), by=["activation"])
"""
