"""Makes features of events: for each day and customer, how many events of each kind. A job of AWS Glue (Spark).

--source s3://BUCKET/events/ --target s3://BUCKET/features/
"""

import sys
from typing import Any


def counted(events: Any) -> Any:
    """The features of a data frame of events: customer, day, and a column for each kind."""
    from pyspark.sql import functions

    dated = events.withColumn("day", functions.to_date("time"))
    return dated.groupBy("day", "customer").pivot("kind").count().fillna(0)


def main() -> None:
    from awsglue.utils import getResolvedOptions
    from pyspark.sql import SparkSession

    given = getResolvedOptions(sys.argv, ["source", "target"])
    spark = SparkSession.builder.getOrCreate()
    features = counted(spark.read.json(given["source"])).cache()
    features.write.mode("overwrite").partitionBy("day").csv(given["target"], header=True)
    # the state machine that publishes a day asks how many records it has
    for day, number in features.groupBy("day").count().collect():
        write_count(spark, f"{given['target']}day={day}/_count", number)


def write_count(spark: Any, place: str, number: int) -> None:
    """Write a number as the text of one file."""
    gateway = spark.sparkContext._gateway.jvm.org.apache.hadoop.fs
    path = gateway.Path(place)
    stream = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).create(path, True)
    stream.write(str(number).encode())
    stream.close()


if __name__ == "__main__":
    main()
