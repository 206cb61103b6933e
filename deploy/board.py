"""The board: how each part fares, in the records database, where the portal reads it."""

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from deploy.supervisor import State
from monitor.progress import Part
from monitor.records import connect, writing

log = structlog.get_logger()


class Board:
    """Shows states as they come. A database that is away costs a line in the log, never the supervisor."""

    def __init__(self, records_url: str) -> None:
        self._engine = connect(records_url)
        with writing(self._engine) as session:
            session.execute(delete(Part))

    def show(self, state: State) -> None:
        try:
            with writing(self._engine) as session:
                session.merge(Part(**state._asdict()))
        except SQLAlchemyError as error:
            log.warning("part not shown", part=state.name, state=state.state, error=str(error))

    def close(self) -> None:
        self._engine.dispose()
