#!/usr/bin/env python3
"""Makes an IAM user in a running ministack and prints its access keys as JSON.

    ministack_user.py ENDPOINT NAME

The user may do what the program's own documentation asks for (README, «AWS in five lines»), and make keys. Runs in the
virtual environment made from emulators.txt.
"""

import json
import sys

from botocore.config import Config
from botocore.session import Session

ACTIONS = [
    "kms:CreateAlias",
    "kms:CreateKey",
    "kms:DescribeKey",
    "kms:GetPublicKey",
    "kms:ListAliases",
    "kms:ListKeys",
    "kms:ListResourceTags",
    "kms:Sign",
    "kms:TagResource",
    "sts:GetCallerIdentity",
]


def main() -> None:
    endpoint, name = sys.argv[1:]
    iam = Session().create_client(
        "iam",
        region_name="sa-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}, retries={"max_attempts": 2}),
    )
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName="assinatura", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    print(json.dumps({"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}))


if __name__ == "__main__":
    main()
