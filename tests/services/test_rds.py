"""RDS, DocumentDB and Neptune share a host, a signing name and a version: RDS' clients are understood as RDS'."""

from in_process import clients


def test_a_call_of_rds_is_one_of_rds():
    with clients() as aws:
        client = aws("rds")
        client.create_db_instance(
            DBInstanceIdentifier="i",
            DBInstanceClass="db.t3.micro",
            Engine="mysql",
            MasterUsername="a",
            MasterUserPassword="password1",
            AllocatedStorage=20,
        )
        client.modify_db_instance(DBInstanceIdentifier="i", AllocatedStorage=30, ApplyImmediately=True)
        assert client.describe_db_instances()["DBInstances"][0]["AllocatedStorage"] == 30
        client.delete_db_instance(DBInstanceIdentifier="i", SkipFinalSnapshot=True)
